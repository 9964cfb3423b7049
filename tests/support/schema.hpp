// The JSON Schema of hivescan's records, and what is wrong with a record by it.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <memory>
#include <string>

namespace hivelint::test {

const nlohmann::json& schema_document();

class Schema {
public:
    Schema();
    ~Schema();
    Schema(const Schema&) = delete;
    Schema& operator=(const Schema&) = delete;

    /// What is wrong with `record`; empty when nothing is.
    std::string faults(const nlohmann::json& record);

private:
    struct Validator; // valijson, which takes long to compile
    std::unique_ptr<Validator> validator_;
};

} // namespace hivelint::test
