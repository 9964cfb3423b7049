/* The peer: libhivex asked for values of each hive, in one process.
 *
 * usage: hivex_loop [--questions FILE] [HIVE...]     without hives: those that standard input names
 *
 * A line of FILE is a key path, a tab and a value's name; `*` in a path is each key that there is.
 * Without it, the one question is KB 2937684's. */
#include <hivex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 1000 };
static char questions[MOST][1024];
static size_t count;
static int affected;

static void answer(hive_h* hive, hive_node_h key, const char* path, const char* name) {
    hive_value_h value = hivex_node_get_value(hive, key, name);
    if (value != 0) {
        const int number = hivex_value_dword(hive, value);
        affected += number == 1;
        printf("%s: %s %d\n", path, name, number);
    } else {
        printf("%s: %s absent\n", path, name);
    }
}

/* Asks for the rest of a question, which is changed while that lasts. */
static void ask(hive_h* hive, hive_node_h key, const char* path, char* rest, const char* name) {
    if (*rest == '\0') {
        answer(hive, key, path, name);
        return;
    }
    char* end = strchr(rest, '\\');
    char* next = end != NULL ? end + 1 : rest + strlen(rest);
    if (end != NULL) {
        *end = '\0';
    }
    if (strcmp(rest, "*") == 0) {
        hive_node_h* children = hivex_node_children(hive, key);
        for (size_t i = 0; children != NULL && children[i] != 0; ++i) {
            ask(hive, children[i], path, next, name);
        }
        free(children);
    } else {
        const hive_node_h child = hivex_node_get_child(hive, key, rest);
        if (child != 0) {
            ask(hive, child, path, next, name);
        } else {
            printf("%s: %s absent\n", path, name);
        }
    }
    if (end != NULL) {
        *end = '\\';
    }
}

static void ask_all(const char* path) {
    hive_h* hive = hivex_open(path, 0);
    if (hive == NULL) {
        printf("%s: error\n", path);
        return;
    }
    for (size_t i = 0; i < count; ++i) {
        char* tab = strchr(questions[i], '\t');
        *tab = '\0';
        ask(hive, hivex_root(hive), path, questions[i], tab + 1);
        *tab = '\t';
    }
    hivex_close(hive);
}

static int read_questions(const char* path) {
    FILE* file = fopen(path, "r");
    while (file != NULL && count < MOST &&
           fgets(questions[count], sizeof questions[count], file) != NULL) {
        questions[count][strcspn(questions[count], "\n")] = '\0';
        count += strchr(questions[count], '\t') != NULL;
    }
    return file != NULL && fclose(file) == 0;
}

int main(int argc, char** argv) {
    int first = 1;
    if (argc > 2 && strcmp(argv[1], "--questions") == 0) {
        if (!read_questions(argv[2])) {
            return 2;
        }
        first = 3;
    } else {
        strcpy(questions[count++], "Software\\Microsoft\\Exchange\tMapiHttpDisabled");
    }
    for (int i = first; i < argc; ++i) {
        ask_all(argv[i]);
    }
    static char line[1 << 16];
    while (first == argc && fgets(line, sizeof line, stdin) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        ask_all(line);
    }
    return affected > 0;
}
