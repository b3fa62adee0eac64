// Squarified treemaps: Bruls, Huizing, van Wijk, 2000.
#include "packaging/image/treemap.hpp"

#include <algorithm>
#include <cstdio>
#include <map>
#include <span>
#include <vector>

#include "packaging/image/report.hpp"
#include "packaging/image/size_text.hpp"

namespace image {
namespace {

constexpr double width = 1200;
constexpr double height = 800;
constexpr double legend = 40;
constexpr double letter = 6.6;  // of 11 pixel sans-serif, on average

struct Box {
    double x = 0;
    double y = 0;
    double w = 0;
    double h = 0;
};

struct Node {
    std::string name;
    std::string path;
    std::string group;
    double size = 0;
    std::vector<Node> children;  // of a directory; sorted, the largest first
};

struct Colour {
    const char* group;
    const char* fill;
};
// Okabe and Ito's palette, lightened: told apart by the colour blind too.
constexpr Colour colours[] = {{"programs", "#7fb8d9"},       {"libraries", "#a9d6c1"}, {"data", "#f2cf85"},
                              {"kernel modules", "#e3a9c8"}, {"mvinit", "#ee9a73"},    {"configuration", "#d8d8d8"},
                              {"documents", "#e9e59a"},      {"locales", "#c9b3e6"},   {"other", "#bbbbbb"}};

const char* colour_of(const std::string& group) {
    for (const Colour& each : colours)
        if (group == each.group) return each.fill;
    return "#bbbbbb";
}

void insert(Node& root, const std::string& path, const Entry& entry) {
    Node* at = &root;
    const auto size = static_cast<double>(entry.size);
    at->size += size;
    for (const std::string& part : split(path, '/')) {
        auto place = std::find_if(at->children.begin(), at->children.end(),
                                  [&part](const Node& each) { return each.name == part; });
        if (place == at->children.end()) place = at->children.insert(at->children.end(), Node{part, {}, {}, 0, {}});
        at = &*place;
        at->size += size;
    }
    at->path = path;
    at->group = group_of(path, entry);
}

void sort_children(Node& node) {
    std::stable_sort(node.children.begin(), node.children.end(),
                     [](const Node& one, const Node& other) { return one.size > other.size; });
    for (Node& each : node.children) sort_children(each);
}

std::string escape(const std::string& text) {
    std::string out;
    for (const char c : as_utf8(text)) {
        if (c == '&')
            out += "&amp;";
        else if (c == '<')
            out += "&lt;";
        else if (static_cast<unsigned char>(c) < 0x20)
            out += '?';
        else
            out += c;
    }
    return out;
}

// To as many characters; too few to tell anything: empty.
std::string shortened(const std::string& given, std::size_t room) {
    std::string text = as_utf8(given);
    const auto begins = [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; };
    if (static_cast<std::size_t>(std::count_if(text.begin(), text.end(), begins)) <= room) return text;
    if (room < 3) return {};
    std::size_t end = 0;
    for (std::size_t left = room; end < text.size(); ++end)
        if (begins(text[end]) && left-- == 1) break;
    return text.substr(0, end) + "\u2026";
}

class Picture {
public:
    std::string text;

    // above: the names of directories that have nothing else in them, which need no box of their own.
    void node(const Node& node, const Box& box, const std::string& above = "") {
        if (box.w < 1 || box.h < 1) return;
        if (node.children.empty()) return file(node, box);
        const std::string title = above.empty() ? node.name : above + "/" + node.name;
        if (node.children.size() == 1) return this->node(node.children[0], box, title);
        const bool titled = box.w > 60 && box.h > 40;
        if (titled) label(box, title, "#333", true);
        const double top = titled ? 15 : 1;
        place(node.children, {box.x + 1, box.y + top, box.w - 2, box.h - top - 1});
    }

private:
    void file(const Node& node, const Box& box) {
        char line[256];
        std::snprintf(line, sizeof line,
                      "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"%s\" stroke=\"#fff\">", box.x,
                      box.y, box.w, box.h, colour_of(node.group));
        text += line;
        text += "<title>" + escape(node.path) + ": " + size_text(static_cast<std::uint64_t>(node.size)) +
                "</title></rect>\n";
        if (box.w > 30 && box.h > 16) label(box, node.name, "#000", false);
        if (box.w > 60 && box.h > 32)
            label({box.x, box.y + 14, box.w, box.h}, size_text(static_cast<std::uint64_t>(node.size)), "#444", false);
    }

    void label(const Box& box, const std::string& words, const char* fill, bool bold) {
        const auto room = static_cast<std::size_t>(std::max(0.0, (box.w - 6) / letter));
        const std::string shown = shortened(words, room);
        if (shown.empty()) return;
        char line[128];
        std::snprintf(line, sizeof line, "<text x=\"%.1f\" y=\"%.1f\" fill=\"%s\"%s>", box.x + 3, box.y + 12, fill,
                      bold ? " font-weight=\"bold\"" : "");
        text += line + escape(shown) + "</text>\n";
    }

    // Rows as near to squares as can be, along the shorter side.
    void place(std::span<const Node> nodes, Box box) {
        double left = 0;
        for (const Node& each : nodes) left += each.size;
        while (!nodes.empty() && left > 0) {
            const double scale = box.w * box.h / left;
            const double side = std::min(box.w, box.h);
            std::size_t count = 1;
            while (count < nodes.size() &&
                   worst(nodes.first(count + 1), side, scale) <= worst(nodes.first(count), side, scale))
                ++count;
            left -= row(nodes.first(count), scale, box);
            nodes = nodes.subspan(count);
        }
    }

    static double worst(std::span<const Node> nodes, double side, double scale) {
        double sum = 0;
        for (const Node& each : nodes) sum += each.size * scale;
        const double thick = sum / std::max(side, 1e-9);
        double ratio = 0;
        for (const Node& each : nodes) {
            const double length = std::max(each.size * scale / std::max(thick, 1e-9), 1e-9);
            ratio = std::max({ratio, length / std::max(thick, 1e-9), thick / length});
        }
        return ratio;
    }

    // Draws one row and takes it off box; the size that was drawn.
    double row(std::span<const Node> nodes, double scale, Box& box) {
        double sum = 0;
        for (const Node& each : nodes) sum += each.size;
        const bool beside = box.w >= box.h;
        const double thick = sum * scale / std::max(beside ? box.h : box.w, 1e-9);
        double at = beside ? box.y : box.x;
        for (const Node& each : nodes) {
            const double length = each.size * scale / std::max(thick, 1e-9);
            node(each, beside ? Box{box.x, at, thick, length} : Box{at, box.y, length, thick});
            at += length;
        }
        (beside ? box.x : box.y) += thick;
        (beside ? box.w : box.h) -= thick;
        return sum;
    }
};

std::string legend_of(const Report& report) {
    std::string text;
    double x = 4;
    for (const Group& each : report.groups) {
        const std::string words = each.name + " " + size_text(each.bytes);
        char line[256];
        std::snprintf(line, sizeof line,
                      "<rect x=\"%.1f\" y=\"20\" width=\"10\" height=\"10\" fill=\"%s\"/>"
                      "<text x=\"%.1f\" y=\"29\">%s</text>\n",
                      x, colour_of(each.name), x + 14, words.c_str());
        text += line;
        x += 30 + letter * static_cast<double>(words.size());
    }
    return text;
}

}  // namespace

std::string treemap_svg(const Contents& contents) {
    Node root;
    for (const auto& [path, entry] : contents.entries())
        if (has_bytes(entry) && entry.size > 0) insert(root, path, entry);
    sort_children(root);
    const Report report = make_report(contents, {});
    char head[256];
    std::snprintf(head, sizeof head,
                  "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\" font-family=\"sans-serif\" "
                  "font-size=\"11\">\n<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n",
                  width, height);
    Picture picture;
    picture.node(root, {0, legend, width, height - legend});
    return head +
           ("<text x=\"4\" y=\"13\" font-weight=\"bold\">" + std::to_string(report.entries) + " entries, " +
            size_text(report.bytes) + "</text>\n") +
           legend_of(report) + picture.text + "</svg>\n";
}

}  // namespace image
