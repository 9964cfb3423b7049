/* The peer of hivefix: libhivex sets the value to 0 and commits, which is not durable. */
#include <hivex.h>
#include <stddef.h>

int main(int argc, char** argv) {
    const char* const keys[] = {"Software", "Microsoft", "Exchange"};
    char zero[4] = {0, 0, 0, 0};
    hive_set_value value = {"MapiHttpDisabled", hive_t_REG_DWORD, sizeof zero, zero};
    hive_h* hive = argc == 2 ? hivex_open(argv[1], HIVEX_OPEN_WRITE) : NULL;
    hive_node_h node = hive != NULL ? hivex_root(hive) : 0;
    for (size_t i = 0; i < 3 && node != 0; ++i) {
        node = hivex_node_get_child(hive, node, keys[i]);
    }
    return node == 0 || hivex_node_set_value(hive, node, &value, 0) != 0 ||
           hivex_commit(hive, NULL, 0) != 0 || hivex_close(hive) != 0;
}
