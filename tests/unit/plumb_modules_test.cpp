#include <doctest/doctest.h>

#include "plumb/modules.hpp"

using namespace plumb;
using Names = std::vector<std::string>;

namespace {

constexpr std::string_view modules_dep =
    "kernel/net/core/failover.ko:\n"
    "kernel/drivers/net/net_failover.ko: kernel/net/core/failover.ko\n"
    "kernel/drivers/net/virtio_net.ko: kernel/drivers/net/net_failover.ko kernel/net/core/failover.ko\n"
    "kernel/drivers/net/ethernet/intel/e1000/e1000.ko.xz:\n"
    "kernel/drivers/net/ethernet/intel/e1000e/e1000e.ko.zst: kernel/drivers/ptp/ptp.ko.zst\n"
    "/extra/snd-hda-intel.ko.gz:\n"
    "no colon here\n"
    "kernel/last.ko: kernel/a-b.ko";

}  // namespace

TEST_CASE("module names: path, suffix and dashes do not count") {
    const std::pair<std::string_view, std::string_view> table[] = {
        {"e1000", "e1000"},
        {"virtio-net", "virtio_net"},
        {"kernel/drivers/net/virtio-net.ko", "virtio_net"},
        {"/lib/x/snd-hda-intel.ko.xz", "snd_hda_intel"},
        {"a.ko.gz", "a"},
        {"a.ko.zst", "a"},
        {"", ""},
    };
    for (const auto& [text, wanted] : table) {
        CAPTURE(text);
        CHECK(normal_module_name(text) == wanted);
    }
    CHECK(!is_compressed_module("kernel/e1000.ko"));
    CHECK(is_compressed_module("kernel/e1000.ko.xz"));
    CHECK(is_compressed_module("kernel/e1000.ko.zst"));
}

TEST_CASE("modules.dep: the file and its dependencies, the one to load first in front") {
    struct Case {
        std::string_view name;
        ModuleFiles wanted;
    };
    const Case table[] = {
        {"failover", {"kernel/net/core/failover.ko", {}}},
        {"virtio-net",
         {"kernel/drivers/net/virtio_net.ko", {"kernel/net/core/failover.ko", "kernel/drivers/net/net_failover.ko"}}},
        {"e1000", {"kernel/drivers/net/ethernet/intel/e1000/e1000.ko.xz", {}}},
        {"e1000e", {"kernel/drivers/net/ethernet/intel/e1000e/e1000e.ko.zst", {"kernel/drivers/ptp/ptp.ko.zst"}}},
        {"snd_hda_intel", {"/extra/snd-hda-intel.ko.gz", {}}},
        {"last", {"kernel/last.ko", {"kernel/a-b.ko"}}},
    };
    for (const Case& each : table) {
        CAPTURE(each.name);
        const auto found = find_module(modules_dep, each.name);
        REQUIRE(found.has_value());
        CHECK(*found == each.wanted);
    }
    for (const std::string_view absent : {"e100", "e10000", "ptp", "", "kernel"}) {
        CAPTURE(absent);
        CHECK(!find_module(modules_dep, absent));
    }
    CHECK(!find_module("", "e1000"));
}

TEST_CASE("modules.builtin and modules.softdep") {
    constexpr std::string_view builtin = "kernel/fs/ext4/ext4.ko\nkernel/drivers/virtio/virtio-pci.ko\n";
    CHECK(is_builtin_module(builtin, "ext4"));
    CHECK(is_builtin_module(builtin, "virtio_pci"));
    CHECK(!is_builtin_module(builtin, "ext"));
    CHECK(!is_builtin_module("", "ext4"));

    constexpr std::string_view soft =
        "# softdep ext4 pre: comment\n"
        "softdep ext4 pre: crc32c mbcache post: after\n"
        "softdep  btrfs post: raid6\tpre: xor\n"
        "alias ext4 pre: no\n"
        "softdep ext4 pre: more";
    CHECK(soft_dependencies(soft, "ext4") == Names{"crc32c", "mbcache", "more"});
    CHECK(soft_dependencies(soft, "btrfs") == Names{"xor"});
    CHECK(soft_dependencies(soft, "xfs").empty());
}
