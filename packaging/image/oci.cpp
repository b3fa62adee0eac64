// The OCI image layout: https://github.com/opencontainers/image-spec, image-layout.md, manifest.md, config.md.
#include <array>
#include <cerrno>
#include <cstdio>
#include <ctime>
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/diagnostic.hpp"
#include "packaging/image/archive.hpp"
#include "packaging/image/build.hpp"
#include "packaging/image/failure.hpp"

namespace image {
namespace {

constexpr const char* room = "check the directory, its permissions and the space left";

void make_directory(const std::string& path) {
    if (::mkdir(path.c_str(), 0777) != 0 && errno != EEXIST) fail_errno("make directory", path, room);
}

bool exists(const std::string& path) {
    struct stat status {};
    return ::lstat(path.c_str(), &status) == 0;
}

bool is_empty_directory(const std::string& path) {
    const std::unique_ptr<DIR, int (*)(DIR*)> stream(::opendir(path.c_str()), ::closedir);
    if (stream == nullptr) return false;
    int entries = 0;
    while (::readdir(stream.get()) != nullptr) ++entries;
    return entries == 2;  // . and ..
}

std::string date_text(std::int64_t seconds) {
    const std::time_t time = seconds;
    std::tm parts{};
    ::gmtime_r(&time, &parts);
    std::array<char, 32> text{};
    return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

std::string descriptor(const std::string& type, const std::string& digest, std::uint64_t size, std::string_view more) {
    return "{\"mediaType\":\"application/vnd.oci.image." + type + "\",\"digest\":\"sha256:" + digest +
           "\",\"size\":" + std::to_string(size) + std::string(more) + "}";
}

// Blobs first, index.json last: a reader sees the old image or the new one, and whole.
class Layout {
public:
    Layout(std::string directory, bool dry_run) : directory_(std::move(directory)), dry_run_(dry_run) {
        while (directory_.size() > 1 && directory_.ends_with('/')) directory_.pop_back();
        if (exists(directory_) && !exists(directory_ + "/oci-layout") && !is_empty_directory(directory_))
            fail(exit_files, "replace", directory_, "there, and no OCI image layout",
                 "remove it, or choose another -o");
    }

    // Where a blob is written to before its name is known: in the directory, which may be a file system of its own,
    // or beside it, where it is not there yet.
    std::string pending() const { return dry_run_ ? "" : directory_ + (exists(directory_) ? "/blob" : ".blob"); }

    void commit(Sink& sink) {
        const std::string digest = sink.sha256();
        if (!dry_run_) {
            for (const std::string& each : {directory_, directory_ + "/blobs", blobs()}) make_directory(each);
            // First, so that the next build may go on where this one is broken off.
            if (kept_.empty()) write("oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}\n");
            sink.commit_as(blobs() + "/" + digest);
        }
        kept_.push_back(digest);
        size_ += sink.size();
    }

    // The blob's digest.
    std::string add(const std::string& text) {
        Sink sink(pending());
        sink.write(text);
        commit(sink);
        return kept_.back();
    }

    void finish(const std::string& index) {
        if (dry_run_) return;
        write("index.json", index);
        remove_others();
    }

    std::uint64_t size() const { return size_; }

private:
    std::string blobs() const { return directory_ + "/blobs/sha256"; }

    void write(const std::string& name, const std::string& text) {
        Sink sink(directory_ + "/" + name);
        sink.write(text);
        sink.commit();
    }

    // What the image that was here before had.
    void remove_others() {
        const std::unique_ptr<DIR, int (*)(DIR*)> stream(::opendir(blobs().c_str()), ::closedir);
        if (stream == nullptr) return;
        while (const dirent* entry = ::readdir(stream.get())) {
            const std::string name(static_cast<const char*>(entry->d_name));
            bool keep = name == "." || name == "..";
            for (const std::string& each : kept_) keep = keep || each == name;
            if (!keep) ::unlink((blobs() + "/" + name).c_str());
        }
    }

    std::string directory_;
    bool dry_run_;
    Strings kept_;
    std::uint64_t size_ = 0;
};

std::string config_of(const Plan& plan, const std::string& diff) {
    const std::string system = plan.init.linker == Linker::illumos ? "illumos" : "linux";
    const std::string created = date_text(source_date());
    return "{\"created\":\"" + created + "\",\"architecture\":\"" + std::string(oci_machine_name(plan.init)) +
           "\",\"os\":\"" + system +
           "\",\"config\":{\"Entrypoint\":[\"/sbin/mvinit\",\"-c\",\"/etc/mvinit.toml\"],\"WorkingDir\":\"/"
           "\"},\"rootfs\":{\"type\":"
           "\"layers\",\"diff_ids\":[\"sha256:" +
           diff + "\"]},\"history\":[{\"created\":\"" + created + "\",\"created_by\":\"mvimage\"}]}\n";
}

std::string_view layer_suffix(conf::Compression compression) {
    if (compression == conf::Compression::zstd) return "+zstd";
    return compression == conf::Compression::gzip ? "+gzip" : "";
}

}  // namespace

Built build_oci(const Plan& plan, const std::string& output, conf::Compression compression, bool dry_run) {
    const std::int64_t time = source_date();
    Progress progress("packing", 2 * total_bytes(plan.contents));
    // A layer is named by its bytes as they are and as they are unpacked.
    Sink plain("");
    write_archive(plan.contents, Format::tar, conf::Compression::none, time, progress, plain);
    Layout layout(output, dry_run);
    Sink layer(layout.pending());
    write_archive(plan.contents, Format::tar, compression, time, progress, layer);
    check_budget(plan, layer.size());
    layout.commit(layer);
    const std::string config = config_of(plan, plain.sha256());
    const std::string config_digest = layout.add(config);
    const std::string manifest =
        "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"config\":" +
        descriptor("config.v1+json", config_digest, config.size(), "") + ",\"layers\":[" +
        descriptor("layer.v1.tar" + std::string(layer_suffix(compression)), layer.sha256(), layer.size(), "") + "]}\n";
    const std::string digest = layout.add(manifest);
    layout.finish("{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.index.v1+json\",\"manifests\":[" +
                  descriptor("manifest.v1+json", digest, manifest.size(),
                             ",\"annotations\":{\"org.opencontainers.image.ref.name\":\"latest\"}") +
                  "]}\n");
    Built built;
    built.packed = layout.size();
    built.sha256 = digest;
    return built;
}

}  // namespace image
