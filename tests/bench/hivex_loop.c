/* The peer: libhivex asked for the value of each hive named on standard input, in one process. */
#include <hivex.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char** argv) {
    static char line[1 << 16];
    const char* const keys[] = {"Software", "Microsoft", "Exchange"};
    int affected = 0;
    while (argc > 1 ? argc-- > 1 : fgets(line, sizeof line, stdin) != NULL) {
        const char* path = argc > 0 && argv[argc] != NULL ? argv[argc] : line;
        line[strcspn(line, "\n")] = '\0';
        hive_h* hive = hivex_open(path, 0);
        if (hive == NULL) {
            printf("%s: error\n", path);
            continue;
        }
        hive_node_h node = hivex_root(hive);
        for (size_t i = 0; i < 3 && node != 0; ++i) {
            node = hivex_node_get_child(hive, node, keys[i]);
        }
        hive_value_h value = node != 0 ? hivex_node_get_value(hive, node, "MapiHttpDisabled") : 0;
        if (value != 0) {
            const int number = hivex_value_dword(hive, value);
            affected += number == 1;
            printf("%s: %d\n", path, number);
        } else {
            printf("%s: absent\n", path);
        }
        hivex_close(hive);
    }
    return affected > 0;
}
