// TreeCheck: holds keys, lists, values and security records against REGF.md section 13.
#pragma once

#include "cell_map.hpp"
#include "regf/core/records.hpp"

#include <hivelint/regf/base_block.hpp>
#include <hivelint/regf/verify.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace hivelint::regf {

class TreeCheck {
public:
    TreeCheck(CellMap& cells, const BaseBlock& base_block, VerifyReport& report)
        : cells_(cells), base_block_(base_block), report_(report) {}

    /// Everything that can be reached from the root key.
    void run();

private:
    /// A claimed key that is still to be checked.
    struct Pending {
        Bytes record;
        KeyNode node;
        CellOffset offset;
        CellOffset parent;
        std::uint32_t depth; ///< the root key has 0
    };
    /// The most that a key's children need of its longest-name and longest-data fields.
    struct Longest {
        std::size_t subkey_name = 0; ///< bytes of UTF-16
        std::size_t value_name = 0;  ///< bytes of UTF-16
        std::size_t value_data = 0;  ///< bytes
    };
    struct Security {
        std::uint32_t stored_count;
        std::uint32_t users;
        std::uint64_t offset; ///< of its record in the file
    };
    struct Name {
        StoredName name;
        std::uint32_t hash;
        std::uint64_t place; ///< file offset where it is listed
    };
    /// The names met in one key's lists: those of subkeys must ascend.
    struct Names {
        std::vector<Name> all;
        bool ascending = true;

        void clear() {
            all.clear();
            ascending = true;
        }
    };

    void check_key(const Pending& key);
    std::size_t check_subkeys(const Pending& key);
    std::uint64_t check_leaf(Bytes record, const Pending& key);
    void check_element(const ListHeader& header, Bytes elements, std::size_t index,
                       const Pending& key);
    bool may_hold_duplicates();
    void report_duplicates(std::string_view what);
    void check_values(const Pending& key, Longest& longest);
    void check_value(Bytes record, Longest& longest);
    void check_data(const KeyValue& value, std::uint64_t from);
    void check_big_data(const BigData& big, const KeyValue& value, std::uint64_t from);
    void check_class(const Pending& key);
    void check_name(Bytes record, const StoredName& name);
    void check_longest(const Pending& key, const Longest& longest);
    void check_security_ring(CellOffset first, std::uint64_t from);
    void check_security_of(const Pending& key);
    void check_security_counts();

    void add(Problem problem, std::uint64_t offset, std::string message) {
        add_issue(report_, problem, offset, std::move(message));
    }
    /// Runs `check`; an Error becomes an issue about `problem`.
    template<typename Check>
    void noting(Problem problem, Check check);

    CellMap& cells_;
    const BaseBlock& base_block_;
    VerifyReport& report_;
    std::vector<Pending> pending_;
    Names names_; ///< of the key being checked: first its subkeys, then its values
    std::vector<std::uint32_t> hashes_;
    std::map<CellOffset, Security> security_;
    bool ring_closed_ = false; ///< every security record of the ring was met
};

} // namespace hivelint::regf
