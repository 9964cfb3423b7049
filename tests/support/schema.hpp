// The JSON Schemas of what the tools write, and what is wrong with a line by them.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <memory>
#include <string>

namespace hivelint::test {

const nlohmann::json& schema_document();
/// Of hiveinfo's object.
const nlohmann::json& info_schema_document();
/// Of hivereplay's lines.
const nlohmann::json& replay_schema_document();
/// Of hivefix's records of runs, and of what undo and recover say.
const nlohmann::json& run_schema_document();

class Schema {
public:
    /// Of hivescan's records.
    Schema();
    explicit Schema(const nlohmann::json& document);
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
