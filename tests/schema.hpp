// The JSON Schema of hivescan's records, and what is wrong with a record by it.
#pragma once

#include "tests/hive_files.hpp"

#include <nlohmann/json.hpp>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include <string>

namespace hivelint::test {

inline const nlohmann::json& schema_document() {
    static const auto document = nlohmann::json::parse(read_file(HIVELINT_SCHEMA));
    return document;
}

class Schema {
public:
    Schema() {
        const valijson::adapters::NlohmannJsonAdapter adapter(schema_document());
        valijson::SchemaParser(valijson::SchemaParser::kDraft7).populateSchema(adapter, schema_);
    }
    /// What is wrong with `record`; empty when nothing is.
    std::string faults(const nlohmann::json& record) {
        const valijson::adapters::NlohmannJsonAdapter adapter(record);
        valijson::ValidationResults results;
        std::string out;
        if (!validator_.validate(schema_, adapter, &results)) {
            out = "not valid:";
            for (valijson::ValidationResults::Error error; results.popError(error);) {
                for (const auto& step : error.context) {
                    out += step;
                }
                out += ": " + error.description + '\n';
            }
        }
        return out;
    }

private:
    valijson::Schema schema_;
    valijson::Validator validator_{valijson::Validator::kStrongTypes};
};

} // namespace hivelint::test
