#include "plumb/acpi.hpp"

#include <algorithm>
#include <cstdint>

namespace plumb {

namespace {

// Byte offsets in the FADT, ACPI Specification 6.5, table 5.9.
constexpr std::size_t oem_id_at = 10;  // 6 bytes, in the header that all tables share
constexpr std::size_t pm1a_control_at = 64;
constexpr std::size_t flags_at = 112;
constexpr std::size_t extended_pm1a_control_at = 172;  // generic address: 4 bytes of form, 8 of address
constexpr std::size_t sleep_control_at = 244;          // likewise
constexpr std::uint64_t hardware_reduced = 1U << 20;

// Little-endian; 0 where the table is too short, which is what its absence means.
std::uint64_t number_at(std::string_view table, std::size_t at, std::size_t bytes) {
    if (table.size() < at + bytes) return 0;
    std::uint64_t value = 0;
    for (std::size_t index = bytes; index-- > 0;) {
        value = value << 8 | static_cast<unsigned char>(table[at + index]);
    }
    return value;
}

}  // namespace

PowerOff acpi_power_off(std::string_view fadt) {
    if (fadt.empty()) return {false, "no ACPI"};
    // Firecracker's tables name no way to switch off: its guests end by reboot (or by a triple fault).
    if (fadt.substr(std::min(oem_id_at, fadt.size()), 6) == "FIRECK")
        return {false, "Firecracker's ACPI cannot power off"};
    if ((number_at(fadt, flags_at, 4) & hardware_reduced) != 0) {
        if (number_at(fadt, sleep_control_at + 4, 8) != 0) return {true, "hardware-reduced ACPI"};
        return {false, "hardware-reduced ACPI without a sleep control register"};
    }
    if (number_at(fadt, pm1a_control_at, 4) != 0 || number_at(fadt, extended_pm1a_control_at + 4, 8) != 0) {
        return {true, "ACPI"};
    }
    return {false, "ACPI without a PM1a control register"};
}

}  // namespace plumb
