#include "packaging/image/verbs.hpp"

#include <cstdio>

#include "conf/diagnostic.hpp"
#include "packaging/image/build.hpp"
#include "packaging/image/escaped.hpp"
#include "packaging/image/failure.hpp"
#include "packaging/image/kernel.hpp"
#include "packaging/image/plan.hpp"
#include "packaging/image/report.hpp"
#include "packaging/image/sink.hpp"
#include "packaging/image/size_text.hpp"
#include "packaging/image/treemap.hpp"

namespace image {
namespace {

void say(std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
}

std::string quoted(std::string_view text) {
    return "\"" + conf::json_escape(as_utf8(text)) + "\"";
}

Plan planned(const Options& options) {
    Plan plan = make_plan(options.overrides);
    for (const std::string& each : plan.notes) std::fprintf(stderr, "mvimage: warning: %s\n", escaped(each).c_str());
    return plan;
}

std::string_view kind_name(Kind kind) {
    constexpr std::string_view names[] = {"directory", "file", "symlink", "device"};
    return names[static_cast<std::size_t>(kind)];
}

std::string mode_text(unsigned mode) {
    char text[8];
    std::snprintf(text, sizeof text, "%04o", mode);
    return text;
}

std::string list_line(const std::string& path, const Entry& entry) {
    char line[64];
    const char letter = "d-lc"[static_cast<std::size_t>(entry.kind)];
    std::snprintf(line, sizeof line, "%c %s %10llu ", letter, mode_text(entry.mode).c_str(),
                  static_cast<unsigned long long>(entry.size));
    const std::string link = entry.link.empty() ? "" : " link to " + entry.link;
    return line + escaped(path + (entry.kind == Kind::symlink ? " -> " + entry.target : link)) + "\n";
}

std::string list_json(const std::string& path, const Entry& entry) {
    return conf::cat({"{\"path\":", quoted(path), ",\"kind\":", quoted(kind_name(entry.kind)),
                      ",\"mode\":", quoted(mode_text(entry.mode)), ",\"size\":", std::to_string(entry.size),
                      entry.kind == Kind::symlink ? ",\"target\":" + quoted(entry.target) : "",
                      entry.link.empty() ? "" : ",\"link\":" + quoted(entry.link), "}"});
}

std::string beside_json(const Built& built) {
    std::string text = "[";
    for (const Beside& each : built.beside)
        text += conf::cat({text.size() == 1 ? "" : ",", "{\"output\":", quoted(each.output),
                           ",\"packed\":", std::to_string(each.bytes), ",\"sha256\":", quoted(each.sha256), "}"});
    return text + "]";
}

// " (/lib/x86_64-linux-gnu/libz.so.1 is)": what has the same name elsewhere.
std::string elsewhere(const Contents& contents, const std::string& path) {
    for (const auto& [each, entry] : contents.entries())
        if (base_of(each) == base_of(path)) return " (" + escaped(each) + " is)";
    return {};
}

// "image.slim", or the pattern: what leaves out something that is there; empty: nothing does.
std::string left_out_by(const Plan& plan, const std::string& path) {
    const Walk way = plan.roots->walk(path);
    if (!way.end) return {};
    for (const std::string& each : {path, way.path}) {
        if (plan.settings.image.slim && !slim_kind(each).empty()) return "image.slim";
        for (const std::string& pattern : plan.settings.image.exclude)
            if (covers(pattern, each)) return "image.exclude, by " + pattern + ",";
    }
    return {};
}

[[noreturn]] void absent(const Plan& plan, const std::string& path) {
    const std::string why = left_out_by(plan, path);
    throw Failure(
        exit_absent,
        escaped("find " + path + " in the image: ") +
            (why.empty() ? "it is not there" + elsewhere(plan.contents, path) + ": 'mvimage list' tells what is"
                         : escaped(why) + " leaves it out: take it out of that, if it is wanted"));
}

}  // namespace

int run_build(const Options& options) {
    const Plan plan = planned(options);
    const Built built = build(plan, options.dry_run);
    if (options.json) {
        std::string text =
            conf::cat({"{\"output\":", quoted(built.output), ",\"target\":", quoted(built.target),
                       ",\"compression\":", quoted(built.compression), ",\"entries\":", std::to_string(built.entries),
                       ",\"bytes\":", std::to_string(built.bytes), ",\"packed\":", std::to_string(built.packed)});
        text += conf::cat({",\"sha256\":", quoted(built.sha256), ",\"beside\":", beside_json(built),
                           ",\"kernel\":", quoted(plan.settings.image.kernel)});
        say(conf::cat({text, ",\"packages\":", packages_json(plan.packages, plan.contents),
                       ",\"written\":", options.dry_run ? "false" : "true", "}\n"}));
    } else {
        say(conf::cat({built.output, ": ", std::to_string(built.entries), " entries, ", size_text(built.bytes), ", ",
                       size_text(built.packed), " as ", built.target, ", compression ", built.compression,
                       options.dry_run ? " (not written)\n" : "\n"}));
        const Package* kernel = kernel_package(plan.packages);
        if (kernel != nullptr && kernel->directory == plan.settings.image.kernel && built.beside.empty())
            for (const std::string& each : kernels_in(kernel->directory))
                say(conf::cat({"its kernel: ", escaped(each), "\n"}));
        for (const Beside& each : built.beside)
            say(conf::cat({each.output, ": ", size_text(each.bytes), options.dry_run ? " (not written)\n" : "\n"}));
    }
    return exit_ok;
}

int run_why(const Options& options) {
    const Plan plan = planned(options);
    const std::string& path = options.path;
    std::string at = path;
    if (plan.contents.find(at) == nullptr) at = plan.roots->walk(path).path;
    if (plan.contents.find(at) == nullptr) absent(plan, path);
    const Strings chain = plan.contents.chain(at);
    std::string text = options.json ? "{\"path\":" + quoted(at) + ",\"chain\":[" : escaped(at) + "\n";
    for (const std::string& each : chain) {
        if (options.json)
            text += (&each == &chain.front() ? "" : ",") + quoted(each);
        else
            text += "  " + escaped(each) + "\n";
    }
    say(options.json ? text + "]}\n" : text);
    return exit_ok;
}

int run_list(const Options& options) {
    const Plan plan = planned(options);
    std::string text = options.json ? "[" : "";
    for (const auto& [path, entry] : plan.contents.entries()) {
        if (options.json)
            text += (text.size() > 1 ? ",\n" : "") + list_json(path, entry);
        else
            text += list_line(path, entry);
    }
    say(options.json ? text + "]\n" : text);
    return exit_ok;
}

int run_report(const Options& options) {
    const Plan plan = planned(options);
    std::vector<Group> slim;
    if (!plan.settings.image.slim) {
        Overrides overrides = options.overrides;
        overrides.slim = true;
        overrides.packages = &plan.packages;
        slim = difference(plan.contents, make_plan(overrides).contents);
    }
    const Report report = make_report(plan.contents, slim);
    say(options.json ? report_json(report, packages_json(plan.packages, plan.contents))
                     : report_text(report, plan.contents) + packages_text(plan.packages, plan.contents));
    if (options.svg.empty()) return exit_ok;
    Sink sink(options.svg);
    sink.write(treemap_svg(plan.contents));
    sink.commit();
    return exit_ok;
}

}  // namespace image
