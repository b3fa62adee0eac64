// What differs between two configurations, and from when that counts: for a reload.
#pragma once

#include <string>
#include <string_view>

#include "conf/parse.hpp"

namespace conf {

// Both texts were read without errors. A line each, without a newline at its end, of what counts from now on, from the
// application's next start, and from the next boot, each where there is something:
// "[app] command, env: from the next start of the application (mvinit restart)",
// "[system] hostname; [[mount]] /data: from the next boot". "" where nothing differs. What is written otherwise
// ("60s", "1m"), or moved to the platform's own tables, counts as different.
std::string changes_text(std::string_view before, std::string_view after, Platform platform);

}  // namespace conf
