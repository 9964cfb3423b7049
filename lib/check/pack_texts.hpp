// The text of the packs that are built in.
#pragma once

#include <string_view>

namespace hivelint {

extern const std::string_view kMapiHttp;
extern const std::string_view kOutlookConnectivity;
extern const std::string_view kWindowsBaseline;

} // namespace hivelint
