"""What holds between the keys of one table. Of draft 4 only, as that is what every editor knows."""
WAYS = {"ready": ("fd", "tcp", "http", "command", "after"), "health": ("tcp", "http", "command")}
UNTYPED = "bind|rbind|remount|move|shared|rshared|private|rprivate|slave|rslave|unbindable|runbindable"
# [[sink]]: key -> the words of `to` that have a use for it.
USES = {"path": ("file", "syslog"), "size": ("ring", "file"), "files": ("file",), "stamp": ("console", "ring", "file"),
        "buffer": ("console", "file", "syslog", "kmsg"), "when_full": ("console", "file", "syslog", "kmsg")}


def either(given, then):
    """then holds where given does."""
    return {"anyOf": [{"not": given}, then]}


def has(*keys):
    return {"required": list(keys)}


def is_one_of(key, words):
    return {"required": [key], "properties": {key: {"enum": list(words)}}}


def one_way(ways, notify):
    """At most one of ways; notify = false is none."""
    pairs = [has(one, other) for at, one in enumerate(ways) for other in ways[at + 1:]]
    if notify:
        pairs += [{**is_one_of("notify", (True,)), "required": ["notify", way]} for way in ways]
    return [{"not": {"anyOf": pairs}}]


def of_sinks():
    """Without `to` it is a console's."""
    def used(key, words):
        there = is_one_of("to", words)
        return either(has(key), {"anyOf": [there, {"not": has("to")}]} if "console" in words else there)
    return [used(key, words) for key, words in USES.items()] + [either(is_one_of("to", ("file",)), has("path"))]


def of_table(name):
    """What is to stand in allOf beside the table's properties."""
    if name == "ready":
        return one_way(WAYS[name], notify=True)
    if name == "health":
        return one_way(WAYS[name], notify=False)
    if name == "sink":
        return of_sinks()
    if name == "mount":
        untyped = {"required": ["options"], "properties": {"options": {"pattern": f"(^|,)({UNTYPED})(,|$)"}}}
        return [{"anyOf": [has("type"), untyped]}]
    if name == "interface":
        return [{"anyOf": [has("name"), has("driver"), has("mac")]}]
    return []


def without_dhcp(interfaces):
    """Linux has no DHCP client here."""
    return {**interfaces, "items": {"allOf": [interfaces["items"], {"not": is_one_of("dhcp", (True,))}]}}
