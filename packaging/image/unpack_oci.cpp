// An OCI image layout as a tree: the first image of its index, layer upon layer.
#include <boost/property_tree/json_parser.hpp>
#include <sstream>

#include "packaging/image/failure.hpp"
#include "packaging/image/unpack.hpp"

namespace image {
namespace {

using Tree = boost::property_tree::ptree;

constexpr int deepest_index = 4;

Tree parse_file(const std::string& path) {
    std::istringstream text(read_host_file(path));
    Tree tree;
    try {
        boost::property_tree::read_json(text, tree);
    } catch (const boost::property_tree::json_parser_error& error) {
        fail(exit_files, "read", path, error.message(), "build the image again");
    }
    return tree;
}

// The file that a descriptor names: "sha256:ab12" is blobs/sha256/ab12.
std::string blob(const std::string& directory, const Tree& descriptor) {
    const Strings parts = split(descriptor.get<std::string>("digest", ""), ':');
    if (parts.size() != 2) fail(exit_files, "read", directory, "a digest in it is none", "build the image again");
    return join(join(join(directory, "blobs"), base_of(parts[0])), base_of(parts[1]));
}

// An index may name another one.
Tree find_manifest(const std::string& directory) {
    Tree at = parse_file(join(directory, "index.json"));
    for (int depth = 0; depth < deepest_index; ++depth) {
        const auto manifests = at.get_child_optional("manifests");
        if (!manifests || manifests->empty()) break;
        at = parse_file(blob(directory, manifests->front().second));
    }
    return at;
}

void read_words(const Tree& configuration, const char* key, Strings& words) {
    const auto list = configuration.get_child_optional(key);
    if (!list) return;
    for (const auto& [name, word] : *list) words.push_back(word.data());
}

}  // namespace

void unpack_oci(const std::string& directory, Unpacking& to, Strings& entrypoint) {
    const Tree manifest = find_manifest(directory);
    const auto layers = manifest.get_child_optional("layers");
    const auto configuration = manifest.get_child_optional("config");
    if (!layers || !configuration)
        fail(exit_files, "read", directory, "its index leads to no image manifest", "build the image again");
    for (const auto& [name, layer] : *layers) unpack_tar(blob(directory, layer), true, to);
    const Tree parsed = parse_file(blob(directory, *configuration));
    read_words(parsed, "config.Entrypoint", entrypoint);
    read_words(parsed, "config.Cmd", entrypoint);
}

}  // namespace image
