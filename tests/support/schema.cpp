#include "tests/support/schema.hpp"

#include "tests/support/hive_files.hpp"

#include <nlohmann/json.hpp>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

namespace hivelint::test {

const nlohmann::json& schema_document() {
    static const auto document = nlohmann::json::parse(read_file(HIVELINT_SCHEMA));
    return document;
}

const nlohmann::json& info_schema_document() {
    const auto file =
        std::filesystem::path(HIVELINT_SCHEMA).parent_path() / "hivelint-info-1.schema.json";
    static const auto document = nlohmann::json::parse(read_file(file));
    return document;
}

const nlohmann::json& replay_schema_document() {
    const auto file =
        std::filesystem::path(HIVELINT_SCHEMA).parent_path() / "hivelint-replay-1.schema.json";
    static const auto document = nlohmann::json::parse(read_file(file));
    return document;
}

const nlohmann::json& run_schema_document() {
    const auto file =
        std::filesystem::path(HIVELINT_SCHEMA).parent_path() / "hivelint-run-1.schema.json";
    static const auto document = nlohmann::json::parse(read_file(file));
    return document;
}

struct Schema::Validator {
    valijson::Schema schema;
    valijson::Validator validator{valijson::Validator::kStrongTypes};
};

Schema::Schema() : Schema(schema_document()) {}

Schema::Schema(const nlohmann::json& document) : validator_(std::make_unique<Validator>()) {
    const valijson::adapters::NlohmannJsonAdapter adapter(document);
    valijson::SchemaParser(valijson::SchemaParser::kDraft7)
        .populateSchema(adapter, validator_->schema);
}

Schema::~Schema() = default;

std::string Schema::faults(const nlohmann::json& record) {
    const valijson::adapters::NlohmannJsonAdapter adapter(record);
    valijson::ValidationResults results;
    std::string out;
    if (!validator_->validator.validate(validator_->schema, adapter, &results)) {
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

} // namespace hivelint::test
