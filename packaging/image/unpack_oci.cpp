// An OCI image layout as a tree: the first image of its index, layer upon layer.
#include <boost/property_tree/ptree.hpp>

#include "packaging/image/failure.hpp"
#include "packaging/image/layout.hpp"
#include "packaging/image/unpack.hpp"

namespace image {
namespace {

constexpr int deepest_index = 4;

// An index may name another one.
Json find_manifest(const std::string& directory) {
    Json at = read_json(join(directory, "index.json"));
    for (int depth = 0; depth < deepest_index; ++depth) {
        const auto manifests = at.get_child_optional("manifests");
        if (!manifests || manifests->empty()) break;
        at = read_json(whole_blob(directory, manifests->front().second));
    }
    return at;
}

void read_words(const Json& configuration, const char* key, Strings& words) {
    const auto list = configuration.get_child_optional(key);
    if (!list) return;
    for (const auto& [name, word] : *list) words.push_back(word.data());
}

}  // namespace

void unpack_oci(const std::string& directory, Unpacking& to, Started& started) {
    const Json manifest = find_manifest(directory);
    const auto layers = manifest.get_child_optional("layers");
    const auto configuration = manifest.get_child_optional("config");
    if (!layers || !configuration)
        fail(exit_files, "read", directory, "its index leads to no image manifest", "build the image again");
    for (const auto& [name, layer] : *layers) {
        ++to.layer;
        unpack_tar(whole_blob(directory, layer), true, to);
    }
    const Json parsed = read_json(whole_blob(directory, *configuration));
    read_words(parsed, "config.Entrypoint", started.entrypoint);
    read_words(parsed, "config.Cmd", started.entrypoint);
    Strings variables;
    read_words(parsed, "config.Env", variables);
    for (const std::string& each : variables)
        if (const std::size_t equals = each.find('='); equals != std::string::npos && equals != 0)
            started.env[each.substr(0, equals)] = each.substr(equals + 1);
    started.user = parsed.get<std::string>("config.User", "");
    started.directory = parsed.get<std::string>("config.WorkingDir", "");
}

}  // namespace image
