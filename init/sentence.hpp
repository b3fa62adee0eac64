// Pieces of sentences that several are made of.
#pragma once

#include <cstdint>

#include "conf/writer.hpp"
#include "init/supervisor.hpp"

namespace init {

// "34 ms", "1.2s", "2m5s": as exact as a reader cares for.
void put_time(conf::Writer& out, std::int64_t ms);

// Why the application is restarted: "not ready within 30s". limit: see LastEnd.
void put_reason(conf::Writer& out, Why why, std::uint32_t limit);

}  // namespace init
