// The OCI image layout: https://github.com/opencontainers/image-spec, image-layout.md, manifest.md, config.md.
#include <algorithm>
#include <array>
#include <boost/property_tree/ptree.hpp>
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
#include "packaging/image/doomed.hpp"
#include "packaging/image/failure.hpp"
#include "packaging/image/host.hpp"
#include "packaging/image/layout.hpp"

namespace image {
namespace {

constexpr const char* room = "check the directory, its permissions and the space left";

void make_directory(const std::string& path) {
    if (::mkdir(path.c_str(), 0777) != 0 && errno != EEXIST) fail_errno("make directory", path, room);
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

// What an array has that has one thing alone. Throws Failure where that is not so.
const Json& the_one(const Json& tree, const char* array) {
    const auto list = tree.get_child_optional(array);
    if (!list || list->size() != 1) fail(exit_files, "read", array, "there is not one", "name another directory");
    return list->front().second;
}

// Blobs first, index.json last: a reader sees the old image or the new one, and whole.
class Layout {
public:
    Layout(std::string directory, bool dry_run) : directory_(std::move(directory)), dry_run_(dry_run) {
        while (directory_.size() > 1 && directory_.ends_with('/')) directory_.pop_back();
        constexpr const char* remedy = "remove it, or choose another -o";
        if (!is_there(directory_) || is_empty_directory(directory_)) return;
        if (!is_there(directory_ + "/oci-layout"))
            fail(exit_files, "replace", directory_, "there, and no OCI image layout", remedy);
        if (is_there(directory_ + "/index.json") && !find_old())
            fail(exit_files, "replace", directory_, "there, and it has images that mvimage did not make", remedy);
    }

    // A layout that never had an image is no use to anybody.
    ~Layout() {
        if (finished_) return;
        for (const std::string& each : new_) ::unlink((blobs() + "/" + each).c_str());
        if (!made_) return;
        ::unlink((directory_ + "/oci-layout").c_str());
        for (const std::string& each : {blobs(), directory_ + "/blobs", directory_}) ::rmdir(each.c_str());
    }
    Layout(const Layout&) = delete;
    Layout& operator=(const Layout&) = delete;

    // Where a blob is written to before its name is known: in the directory, which may be a file system of its own,
    // or beside it, where it is not there yet.
    std::string pending() const { return dry_run_ ? "" : directory_ + (is_there(directory_) ? "/blob" : ".blob"); }

    void commit(Sink& sink) {
        const std::string digest = sink.sha256();
        if (!dry_run_) {
            const SignalsHeld held;
            if (!is_there(directory_)) {
                made_ = true;
                doomed_.push_back(Doomed::directory(directory_));
            }
            for (const std::string& each : {directory_, directory_ + "/blobs", blobs()}) make_directory(each);
            // First, so that the next build may go on where this one is broken off.
            if (kept_.empty()) write("oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}\n");
            const std::string path = blobs() + "/" + digest;
            const bool is_new = !is_there(path);
            sink.commit_as(path);
            if (is_new) {
                new_.push_back(digest);
                doomed_.push_back(Doomed::file(path));
            }
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
        const SignalsHeld held;
        write("index.json", index);
        finished_ = true;
        doomed_.clear();
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
        try {
            const Json index = read_json(directory_ + "/index.json");
            const Json manifest = read_json(add_old(the_one(index, "manifests")));
            add_old(the_one(manifest, "layers"));
            const Json config = read_json(add_old(manifest.get_child("config", Json())));
            return the_one(config, "history").get<std::string>("created_by", "") == "mvimage";
        } catch (const Failure&) {
            return false;
        }
    }

    // The path of a blob.
    std::string add_old(const Json& descriptor) {
        old_.push_back(sha256_of(descriptor));
        if (old_.back().empty()) fail(exit_files, "read", directory_, "a digest of it is none of mvimage's", "");
        return blob_path(directory_, descriptor);
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
    Strings new_;  // of kept_, what was not there before
    std::vector<Doomed> doomed_;
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
