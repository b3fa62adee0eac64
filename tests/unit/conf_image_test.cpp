// [image]: what mvimage gets, and what is said of wrong values.
#include <doctest/doctest.h>

#include "conf/image.hpp"

using conf::Image;
using conf::Platform;

namespace {

std::string errors_of(const std::string& text) {
    std::string all;
    for (const conf::Diagnostic& each : conf::parse(text, "f", Platform::linux_os, false).diagnostics)
        all += conf::to_text(each) + "\n";
    return all;
}

}  // namespace

TEST_CASE("every key of [image] arrives") {
    const Image image = conf::parse_image(R"([image]
target = "oci"
output = "out"
init = "mvinit"
packages = ["nginx-light"]
roots = ["a", "/b"]
overlays = ["o"]
files = ["/etc/x", "/srv/**"]
exclude = ["/srv/tmp"]
kernel = "k"
modules = ["ext4"]
slim = true
compression = "zstd"
budget = "2M"
[image.lazy]
"libx.so.*" = ["{lib}/x/*.so", "/etc/x.conf"]
)",
                                          Platform::linux_os);
    CHECK(image.target == conf::ImageTarget::oci);
    CHECK(image.output == "out");
    CHECK(image.init == "mvinit");
    CHECK(image.packages == std::vector<std::string>{"nginx-light"});
    CHECK(image.roots == std::vector<std::string>{"a", "/b"});
    CHECK(image.overlays == std::vector<std::string>{"o"});
    CHECK(image.files == std::vector<std::string>{"/etc/x", "/srv/**"});
    CHECK(image.exclude == std::vector<std::string>{"/srv/tmp"});
    CHECK(image.lazy == conf::Environment{{"libx.so.*", "{lib}/x/*.so\n/etc/x.conf\n"}});
    CHECK(image.kernel == "k");
    CHECK(image.modules == std::vector<std::string>{"ext4"});
    CHECK(image.slim);
    CHECK(image.compression == conf::Compression::zstd);
    CHECK(image.budget == 2 * 1024 * 1024);
}

TEST_CASE("a platform's own [image] is laid over it") {
    const std::string text = "[image]\nslim = true\nroots = [\"a\"]\n[platform.illumos.image]\nroots = [\"b\"]\n";
    CHECK(errors_of(text) == "");
    CHECK(conf::parse_image(text, Platform::linux_os).roots == std::vector<std::string>{"a"});
    CHECK(conf::parse_image(text, Platform::illumos).roots == std::vector<std::string>{"b"});
    CHECK(conf::parse_image(text, Platform::illumos).slim);
}

TEST_CASE("what is wrong in [image] is told with its place") {
    CHECK(errors_of("[image]\ntarget = \"ocj\"\n") ==
          "f:2:10: image.target: \"ocj\" is not one of initramfs, tar, oci, ext4, squashfs, zone or "
          "ramdisk (did you mean 'oci'?)\n");
    CHECK(errors_of("[image]\nrots = []\n") == "f:2:1: unknown key 'rots' in [image] (did you mean 'roots'?)\n");
    CHECK(errors_of("[image]\nfiles = [\"etc\"]\n") ==
          "f:2:10: image.files: \"etc\" is not an absolute path: begin it with '/'\n");
    CHECK(errors_of("[image]\nbudget = \"0\"\n").find("f:2:10: image.budget: is out of range") == 0);
    CHECK(errors_of("[image]\nlazy = { x = \"/y\" }\n") ==
          "f:2:14: image.lazy: expected an array of strings, found a string\n");
}
