// Where the entries of an archive come to be, among those before them.
#include <deque>
#include <iterator>

#include "packaging/image/unpack.hpp"

namespace image {
namespace {

// Takes what is in a directory out of tree, as far as it is meant.
template <typename Meant>
void clear(Unpacked& tree, const std::string& path, Meant meant) {
    const std::string prefix = join(path, "");
    for (auto each = tree.lower_bound(prefix); each != tree.end() && each->first.starts_with(prefix);)
        each = meant(each->second) ? tree.erase(each) : std::next(each);
}

}  // namespace

Found directory_at(const std::string& path) {
    Found directory;
    directory.path = path;
    directory.status.st_mode = S_IFDIR | 0755;
    return directory;
}

std::optional<std::string> Unpacking::place_of(std::string_view path) const {
    const Strings parts = split(path, '/');
    std::deque<std::string> left(parts.begin(), parts.end());
    std::string place = "/";
    for (std::size_t links = 0; !left.empty();) {
        const std::string part = left.front();
        left.pop_front();
        if (part == ".") continue;
        const std::string next = part == ".." ? parent_of(place) : join(place, part);
        const auto found = left.empty() ? tree.end() : tree.find(next);
        if (found == tree.end() || !S_ISLNK(found->second.status.st_mode)) {
            place = next;
            continue;
        }
        if (++links > most_links) return std::nullopt;
        const std::string& target = found->second.target;
        const Strings more = split(target, '/');
        left.insert(left.begin(), more.begin(), more.end());
        if (target.starts_with('/')) place = "/";
    }
    return place;
}

void Unpacking::put(std::string_view path, Found found) {
    const auto way = place_of(path);
    if (!way) return;
    const std::string& place = *way;
    if (place == "/") return put_root(std::move(found));
    for (std::string above = parent_of(place); above != "/"; above = parent_of(above))
        tree.try_emplace(above, directory_at(above)).first->second.layer = layer;
    progress.add(static_cast<std::uint64_t>(found.bytes ? found.bytes->view().size() : 0));
    // A directory keeps what is in it.
    if (!S_ISDIR(found.status.st_mode)) clear(tree, place, [](const Found&) { return true; });
    found.path = place;
    found.layer = layer;
    tree[place] = std::move(found);
}

void Unpacking::put_root(Found found) {
    if (!S_ISDIR(found.status.st_mode)) return;
    root = std::move(found);
    root.path = "/";
}

void Unpacking::hide(const std::string& path, bool itself) {
    const auto lower = [this](const Found& found) { return found.layer < layer; };
    clear(tree, path, lower);
    const auto found = tree.find(path);
    if (itself && found != tree.end() && lower(found->second)) tree.erase(found);
}

}  // namespace image
