package io.github.tintype.capture;

import io.github.tintype.trace.Tree;
import java.lang.reflect.RecordComponent;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Finds the tensors that {@link CompileOptions#requestArguments} means in the arguments of a call. */
final class RequestArguments {
    private RequestArguments() {}

    /**
     * Positions in the list of tensors.
     *
     * @param name of what is compiled, for the error
     * @throws CompileException if the arguments have no such part; a part that is an empty optional has no tensors
     */
    static Set<Integer> indices(String name, List<String> wanted, Tree.Flat arguments) {
        Set<Integer> indices = new TreeSet<>();
        for (String path : wanted) {
            for (int i = 0; i < arguments.paths().size(); i++) {
                String other = arguments.paths().get(i);
                if (other.equals(path) || other.startsWith(path + ".")) {
                    indices.add(i);
                }
            }
            if (!arguments.paths().contains(path) && !exists(arguments.tree(), path)) {
                throw new CompileException("%s: request argument: got \"%s\", wanted one of %s or a record of these"
                        .formatted(name, path, arguments.paths()));
            }
        }
        return indices;
    }

    private static boolean exists(Tree tree, String path) {
        if (path.isEmpty()) {
            return true;
        }
        int dot = path.indexOf('.');
        String head = dot < 0 ? path : path.substring(0, dot);
        String rest = dot < 0 ? "" : path.substring(dot + 1);
        return switch (tree) {
            case Tree.Empty() -> true; // nobody knows what would be in it
            case Tree.Present(Tree value) -> exists(value, path);
            case Tree.Items(List<Tree> items) ->
                head.matches("\\d{1,9}")
                        && Integer.parseInt(head) < items.size()
                        && exists(items.get(Integer.parseInt(head)), rest);
            case Tree.Fields(Class<?> type, List<Tree> fields) -> {
                RecordComponent[] components = type.getRecordComponents();
                for (int i = 0; i < components.length; i++) {
                    if (components[i].getName().equals(head)) {
                        yield exists(fields.get(i), rest);
                    }
                }
                yield false;
            }
            case Tree.Leaf _, Tree.Fixed _ -> false;
        };
    }
}
