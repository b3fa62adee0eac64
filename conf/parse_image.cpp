// [image]: read for its errors by parse(), for its values by parse_image().
#include "conf/image.hpp"
#include "conf/readers.hpp"
#include "conf/sections.hpp"

namespace conf {
namespace {

constexpr Choice targets[] = {{"initramfs", static_cast<int>(ImageTarget::initramfs)},
                              {"tar", static_cast<int>(ImageTarget::tar)},
                              {"oci", static_cast<int>(ImageTarget::oci)},
                              {"ext4", static_cast<int>(ImageTarget::ext4)},
                              {"squashfs", static_cast<int>(ImageTarget::squashfs)},
                              {"zone", static_cast<int>(ImageTarget::zone)},
                              {"ramdisk", static_cast<int>(ImageTarget::ramdisk)}};
constexpr Choice compressions[] = {{"auto", static_cast<int>(Compression::automatic)},
                                   {"zstd", static_cast<int>(Compression::zstd)},
                                   {"gzip", static_cast<int>(Compression::gzip)},
                                   {"none", static_cast<int>(Compression::none)}};

// What PID 1 reads values into, one of a kind: it wants to know only whether they are right, and setters of members
// that nobody asks for would be in it.
struct Dropped {
    std::string text;
    Strings list;
    Environment patterns;
    bool flag = false;
    std::uint64_t number = 0;
    int choice = 0;
};

// A map of lists would be a third more code.
template <bool Kept>
void read_lazy(const Site& site, Environment& out) {
    if (site.node.kind != Kind::table) return site.expected(site.node, "a table of arrays of patterns");
    for (const Node& item : site.node.items) {
        Strings patterns;
        read_names({site.report, item, site.field, site.table}, patterns);
        if constexpr (Kept)
            for (const std::string& each : patterns) out[item.key].append(each).append("\n");
    }
}

template <bool Kept, auto Member, auto Instead, auto Read>
constexpr Field image_field(std::string_view name, std::int32_t low = 0) {
    if constexpr (Kept)
        return field<Member, Read>(name, On::all, low);
    else
        return field<Instead, Read>(name, On::all, low);
}

template <bool Kept, auto Member>
constexpr Field text(std::string_view name) {
    return image_field<Kept, Member, &Dropped::text, read_name>(name);
}

template <bool Kept, auto Member, auto Read = read_names>
constexpr Field list(std::string_view name) {
    return image_field<Kept, Member, &Dropped::list, Read>(name);
}

template <bool Kept, auto Member>
constexpr Field word(std::string_view name, std::span<const Choice> choices) {
    if constexpr (Kept)
        return choice<Member>(name, choices);
    else
        return choice<&Dropped::choice>(name, choices);
}

template <bool Kept>
constexpr Field image_fields[] = {
    word<Kept, &Image::target>("target", targets),
    text<Kept, &Image::output>("output"),
    text<Kept, &Image::init>("init"),
    list<Kept, &Image::packages>("packages"),
    list<Kept, &Image::roots>("roots"),
    list<Kept, &Image::overlays>("overlays"),
    list<Kept, &Image::files, read_paths>("files"),
    list<Kept, &Image::exclude, read_paths>("exclude"),
    image_field<Kept, &Image::lazy, &Dropped::patterns, read_lazy<Kept>>("lazy"),
    text<Kept, &Image::kernel>("kernel"),
    list<Kept, &Image::modules>("modules"),
    image_field<Kept, &Image::slim, &Dropped::flag, read_boolean>("slim"),
    word<Kept, &Image::compression>("compression", compressions),
    image_field<Kept, &Image::budget, &Dropped::number, read_size>("budget", 1),
};

}  // namespace

void read_image(Report& report, const Node& node, std::string_view path, Config&) {
    Dropped dropped;
    read_table(report, node, path, image_fields<false>, &dropped);
}

Image parse_image(std::string_view text, Platform platform) {
    Image image;
    Node root;
    Report report{"", {}};
    if (!read_document(text, "", root, report.diagnostics)) return image;
    const Node* overlay = find(find(&root, "platform"), platform == Platform::linux_os ? "linux" : "illumos");
    for (const Node* table : {find(&root, "image"), find(overlay, "image")})
        if (table != nullptr) read_table(report, *table, "image", image_fields<true>, &image);
    return image;
}

}  // namespace conf
