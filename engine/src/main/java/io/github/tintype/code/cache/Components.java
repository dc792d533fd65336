package io.github.tintype.code.cache;

import java.util.Map;

/** What a file says of its key. */
record Components(Map<String, String> found) {
    String get(String name) {
        String value = found.get(name);
        if (value == null) {
            throw new CacheFormatException("its header has no " + name);
        }
        return value;
    }
}
