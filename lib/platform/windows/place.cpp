#include "platform/file.hpp"
#include "platform/path_text.hpp"

namespace hivelint {

Place::Place(File folder, std::string name) : folder_(std::move(folder)), name_(std::move(name)) {}

Handle Place::folder() const { return folder_.get(); }

// Paths of any length are taken at once; see open_native().
Place reach(const std::filesystem::path& path) { return {File(), text_of(path)}; }

FileAt locate(const std::filesystem::path& path) { return {nullptr, text_of(path)}; }

FileAt locate_below(const std::filesystem::path& path, std::size_t /*named*/) {
    return locate(path);
}

} // namespace hivelint
