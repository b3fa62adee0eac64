// [image]: read for its errors by parse(), for its values by parse_image().
#include "conf/image.hpp"
#include "conf/readers.hpp"
#include "conf/sections.hpp"

namespace conf {
namespace {

constexpr Choice targets[] = {{"initramfs", static_cast<int>(ImageTarget::initramfs)},
                              {"tar", static_cast<int>(ImageTarget::tar)},
                              {"oci", static_cast<int>(ImageTarget::oci)}};
constexpr Choice compressions[] = {{"auto", static_cast<int>(Compression::automatic)},
                                   {"zstd", static_cast<int>(Compression::zstd)},
                                   {"gzip", static_cast<int>(Compression::gzip)},
                                   {"none", static_cast<int>(Compression::none)}};

// Into one text each: a map of lists would be a third more code in PID 1, which has no use for it.
void read_lazy(const Site& site, Environment& out) {
    if (site.node.kind != Kind::table) return site.expected(site.node, "a table of arrays of patterns");
    for (const Node& item : site.node.items) {
        Strings patterns;
        read_names({site.report, item, site.field, site.table}, patterns);
        for (const std::string& each : patterns) out[item.key].append(each).append("\n");
    }
}

constexpr Field image_fields[] = {
    choice<&Image::target>("target", targets),
    field<&Image::output, read_name>("output"),
    field<&Image::init, read_name>("init"),
    field<&Image::roots, read_names>("roots"),
    field<&Image::overlays, read_names>("overlays"),
    field<&Image::files, read_paths>("files"),
    field<&Image::exclude, read_paths>("exclude"),
    field<&Image::lazy, read_lazy>("lazy"),
    field<&Image::kernel, read_name>("kernel"),
    field<&Image::modules, read_names>("modules"),
    field<&Image::slim, read_boolean>("slim"),
    choice<&Image::compression>("compression", compressions),
    field<&Image::budget, read_size>("budget", On::all, 1),
};

}  // namespace

// Into a value that is dropped: PID 1 has no use for it.
void read_image(Report& report, const Node& node, std::string_view path, Config&) {
    Image dropped;
    read_table(report, node, path, image_fields, &dropped);
}

Image parse_image(std::string_view text, Platform platform) {
    Image image;
    Node root;
    Report report{"", {}};
    if (!read_document(text, "", root, report.diagnostics)) return image;
    const Node* overlay = find(find(&root, "platform"), platform == Platform::linux_os ? "linux" : "illumos");
    for (const Node* table : {find(&root, "image"), find(overlay, "image")})
        if (table != nullptr) read_table(report, *table, "image", image_fields, &image);
    return image;
}

}  // namespace conf
