// ImageFile: a hive in a disk image, changed where it lies. A change keeps the hive's length, so no
// byte of the volume's own structures changes. WimFile: one in a WIM, which is appended to.
#pragma once

#include "container/container_reader.hpp"
#include "hive_at.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace hivelint {

/// The image is locked against other instances for as long as this lives. An image that is the
/// disk, byte for byte, is written to by us; what stands for a disk in another way, by what knows
/// that way: then the image is closed behind each change, and opened again to be read.
class ImageFile : public ChangedFile {
public:
    explicit ImageFile(const HiveAt& hive);

    /// Throws Error when this hive is none that is changed where it lies.
    static void require_changeable(const HiveAt& hive);

    const FileAt& at() const override { return hive_.at; }
    const File& folder() const override { return folder_; }
    std::string inside() const override { return hive_.image->inside; }
    std::uint64_t size() const override { return session(Access::read).size; }
    void read_at(std::uint64_t offset, std::span<std::byte> out) const override;
    void begin(const FileChange& change) override;
    void write(const FileChange& change) override;
    void make_durable() override;
    void restore_times() override { restores_times_ = true; }

protected:
    /// The image, open from one writing to the next.
    struct Session {
        Session(const HiveAt& hive, const File& image, Access access);

        Access access;
        ContainerReader reader;
        std::uint64_t id = 0;
        std::uint64_t size = 0;
        wire::Map map;
        std::vector<std::byte> content; ///< where it is not read anywhere, but as a whole

        void read_at(std::uint64_t offset, std::span<std::byte> out);
    };
    Session& session(Access access) const;
    static bool holds(Session& in, const ByteRange& range);
    /// From now on what is asked for is read anew.
    void close() { session_.reset(); }
    const File& image() const { return image_; }
    void restore_times_if_asked();

private:
    void put(Session& in, const ByteRange& range);

    HiveAt hive_;
    File image_;
    File folder_;
    FileStatus status_; ///< of the image, as it was when it was opened
    bool direct_ = false;
    bool restores_times_ = false;
    mutable std::unique_ptr<Session> session_;
};

/// A WIM keeps contents by their hashes: the hive's new content is appended, with all that has to
/// name it, and then counts by the WIM's header. Until that is written the WIM is the old one.
class WimFile final : public ImageFile {
public:
    using ImageFile::ImageFile;

    void write(const FileChange& change) override;
    void make_durable() override;

private:
    struct Old {
        std::uint64_t end = 0;
        std::vector<std::byte> front;
        std::string sha256; ///< of the hive
    };
    std::optional<Old> old_;       ///< what a change of ours was made of
    std::vector<std::byte> front_; ///< what is to be written when all else is durable
    bool takes_back_ = false;      ///< to what `old_` says, to the last byte
};

} // namespace hivelint
