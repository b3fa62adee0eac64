// The OCI image layout: https://github.com/opencontainers/image-spec, image-layout.md, manifest.md, config.md.
#include <algorithm>
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

// In their order: of an index that of the manifest, of a manifest those of the configuration and the layers.
Strings digests_in(const std::string& text) {
    static constexpr std::string_view before = "\"digest\":\"sha256:";
    constexpr std::size_t length = 64;
    Strings found;
    for (std::size_t at = 0; (at = text.find(before, at)) != std::string::npos; at += before.size())
        found.push_back(text.substr(at + before.size(), length));
    for (const std::string& each : found)
        if (each.find_first_not_of("0123456789abcdef") != std::string::npos) return {};  // no name of a file of ours
    return found;
}

// Blobs first, index.json last: a reader sees the old image or the new one, and whole.
class Layout {
public:
    Layout(std::string directory, bool dry_run) : directory_(std::move(directory)), dry_run_(dry_run) {
        while (directory_.size() > 1 && directory_.ends_with('/')) directory_.pop_back();
        constexpr const char* remedy = "remove it, or choose another -o";
        if (!exists(directory_) || is_empty_directory(directory_)) return;
        if (!exists(directory_ + "/oci-layout"))
            fail(exit_files, "replace", directory_, "there, and no OCI image layout", remedy);
        if (exists(directory_ + "/index.json") && !find_old())
            fail(exit_files, "replace", directory_, "there, and it has images that mvimage did not make", remedy);
    }

    // A layout that never had an image is no use to anybody.
    ~Layout() {
        if (!made_ || finished_) return;
        for (const std::string& each : kept_) ::unlink((blobs() + "/" + each).c_str());
        ::unlink((directory_ + "/oci-layout").c_str());
        for (const std::string& each : {blobs(), directory_ + "/blobs", directory_}) ::rmdir(each.c_str());
    }
    Layout(const Layout&) = delete;
    Layout& operator=(const Layout&) = delete;

    // Where a blob is written to before its name is known: in the directory, which may be a file system of its own,
    // or beside it, where it is not there yet.
    std::string pending() const { return dry_run_ ? "" : directory_ + (exists(directory_) ? "/blob" : ".blob"); }

    void commit(Sink& sink) {
        const std::string digest = sink.sha256();
        if (!dry_run_) {
            made_ = made_ || !exists(directory_);
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
        finished_ = true;
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

    // The blobs of the image that is here: of an index of mvimage's own, with one manifest, of one layer. False: it is
    // somebody else's.
    bool find_old() {
        const Strings manifests = digests_in(read_host_file(directory_ + "/index.json"));
        if (manifests.size() != 1 || !exists(blobs() + "/" + manifests[0])) return false;
        old_ = digests_in(read_host_file(blobs() + "/" + manifests[0]));
        old_.push_back(manifests[0]);
        if (old_.size() != 3 || !exists(blobs() + "/" + old_[0])) return false;
        return read_host_file(blobs() + "/" + old_[0]).find("\"created_by\":\"mvimage\"") != std::string::npos;
    }

    // What the image that was here before had.
    void remove_others() {
        for (const std::string& each : old_)
            if (std::find(kept_.begin(), kept_.end(), each) == kept_.end()) ::unlink((blobs() + "/" + each).c_str());
    }

    std::string directory_;
    bool dry_run_;
    bool made_ = false;  // the directory was not there before
    bool finished_ = false;
    Strings kept_;
    Strings old_;
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

std::string sha256_of(const std::string& text) {
    Sink sink("");
    sink.write(text);
    return sink.sha256();
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
    const std::string config = config_of(plan, plain.sha256());
    const std::string manifest =
        "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"config\":" +
        descriptor("config.v1+json", sha256_of(config), config.size(), "") + ",\"layers\":[" +
        descriptor("layer.v1.tar" + std::string(layer_suffix(compression)), layer.sha256(), layer.size(), "") + "]}\n";
    check_budget(plan, layer.size() + config.size() + manifest.size());
    layout.commit(layer);
    layout.add(config);
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
