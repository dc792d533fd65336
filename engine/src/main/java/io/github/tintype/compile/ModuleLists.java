package io.github.tintype.compile;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.mapping;
import static java.util.stream.Collectors.toSet;

import io.github.tintype.compile.CallTree.Call;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Finds the parts that accelerate's compile_regions compiles. A list is told by the paths of its modules, {@code name.0}, {@code name.1}, …,
 * called from one module; one whose modules are of several classes is none.
 */
final class ModuleLists {
    private static final Pattern ELEMENT = Pattern.compile("(?:.*\\.)?\\d+");

    private final IdentityHashMap<Call, Boolean> hasLists = new IdentityHashMap<>();

    /** The calls to compile within {@code body}. */
    List<Call> parts(Call body) {
        List<Call> parts = new ArrayList<>();
        Map<String, Set<String>> classes = classes(body);
        for (Call child : body.children()) {
            if (isInList(child, classes) || !hasLists(child)) {
                parts.add(child);
            } else {
                parts.addAll(parts(child));
            }
        }
        return parts;
    }

    /* For each list the classes of its modules. */
    private static Map<String, Set<String>> classes(Call body) {
        return body.children().stream()
                .filter(child -> ELEMENT.matcher(child.scope().path()).matches())
                .collect(groupingBy(ModuleLists::list, mapping(Call::module, toSet())));
    }

    private static String list(Call call) {
        String path = call.scope().path();
        return path.substring(0, Math.max(0, path.lastIndexOf('.')));
    }

    private static boolean isInList(Call child, Map<String, Set<String>> classes) {
        return ELEMENT.matcher(child.scope().path()).matches()
                && classes.getOrDefault(list(child), Set.of()).size() == 1;
    }

    private boolean hasLists(Call call) {
        Boolean known = hasLists.get(call);
        if (known != null) {
            return known;
        }
        Map<String, Set<String>> classes = classes(call);
        boolean has = call.children().stream().anyMatch(child -> isInList(child, classes) || hasLists(child));
        hasLists.put(call, has);
        return has;
    }
}
