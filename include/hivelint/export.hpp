/// \file
/// What every header of the library needs: a compiler for C++20, and the mark of what is public.
///
/// HIVELINT_API marks what the shared library gives to programs; everything else stays inside.
///
/// It stands at functions, and at a whole class where its type crosses the border: one that is
/// thrown, or that a program may derive from.
#pragma once

#if (defined _MSVC_LANG ? _MSVC_LANG : __cplusplus) <= 201703L
#error "hivelint's headers need C++20: compile with -std=c++20 or later"
#endif

/// Seen by those who link the library.
#if !defined _WIN32
#define HIVELINT_API __attribute__((visibility("default")))
#elif defined HIVELINT_BUILD // the library itself
#define HIVELINT_API __declspec(dllexport)
#elif defined HIVELINT_STATIC // a program that links the static library
#define HIVELINT_API
#else
#define HIVELINT_API __declspec(dllimport)
#endif
