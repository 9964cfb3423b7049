#include "platform/helper_process.hpp"

namespace hivelint {

HelperProcess::HelperProcess(const std::filesystem::path& /*program*/,
                             const std::vector<std::string>& /*arguments*/, Handle /*file*/) {
    throw Error(ErrorCode::no_helper, "archives and disk images cannot be opened on Windows yet");
}
HelperProcess::~HelperProcess() = default;
std::string HelperProcess::ending() { return {}; }
void HelperProcess::write(std::string_view /*bytes*/) {}
void HelperProcess::read(std::span<char> /*out*/, std::chrono::seconds /*patience*/) {}
std::size_t HelperProcess::receive(std::span<char> /*out*/) { return 0; }
std::string HelperProcess::read_all(std::chrono::seconds /*patience*/) { return {}; }

} // namespace hivelint
