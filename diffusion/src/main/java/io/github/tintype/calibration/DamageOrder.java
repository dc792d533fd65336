package io.github.tintype.calibration;

import io.github.tintype.pipelines.PipelineComponent;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The order in which layers are put into other forms: least squared damage for a byte saved first.
 *
 * <p>Of several forms of a layer only those count that no mixture of two others beats, as points (bytes saved, squared damage) on the lower convex hull, which begins at (0, 0). A layer goes
 * from one to the next, each step with its own price for a byte; since prices rise along a hull, sorting all steps by price keeps each layer's in order. The first n steps are then the cheapest
 * way to save as much as they do, if damages add up. Source: Shoham and Gersho, Efficient bit allocation for an arbitrary set of quantizers, IEEE TASSP 1988.
 */
final class DamageOrder {
    /* A layer to a form, at a price for each byte that it saves more than the layer's form before. */
    private record Step(LayerDamage to, double price) {}

    private record Place(PipelineComponent component, String path) {
        static Place of(LayerDamage damage) {
            return new Place(damage.component(), damage.path());
        }
    }

    private final List<Step> steps;

    private DamageOrder(List<Step> steps) {
        this.steps = steps;
    }

    /** @param damages of each layer in each form; those that aren't finite are left out */
    static DamageOrder of(List<LayerDamage> damages) {
        Map<Place, List<LayerDamage>> byLayer = new LinkedHashMap<>();
        for (LayerDamage damage : damages) {
            if (Double.isFinite(damage.relativeRms())) {
                byLayer.computeIfAbsent(Place.of(damage), _ -> new ArrayList<>())
                        .add(damage);
            }
        }
        List<Step> steps = new ArrayList<>();
        byLayer.values().forEach(forms -> steps.addAll(hull(forms)));
        steps.sort(Comparator.comparingDouble(Step::price)); // stable: equal prices stay in the model's order
        return new DamageOrder(steps);
    }

    private static List<Step> hull(List<LayerDamage> forms) {
        List<LayerDamage> left = new ArrayList<>(forms);
        List<Step> hull = new ArrayList<>();
        long saved = 0;
        double squared = 0;
        while (true) {
            long from = saved;
            double damage = squared;
            left.removeIf(form -> form.bytesSaved() <= from);
            if (left.isEmpty()) {
                return hull;
            }
            Step next = left.stream()
                    .map(form -> new Step(form, (form.squared() - damage) / (form.bytesSaved() - from)))
                    .min(Comparator.comparingDouble(Step::price)
                            .thenComparing(step -> step.to().bytesSaved(), Comparator.reverseOrder()))
                    .orElseThrow();
            hull.add(next);
            saved = next.to().bytesSaved();
            squared = next.to().squared();
        }
    }

    int size() {
        return steps.size();
    }

    /** The layers that the first {@code count} steps change, each in the last form that it gets, in the order of their first step. */
    List<LayerDamage> first(int count) {
        Map<Place, LayerDamage> chosen = new LinkedHashMap<>();
        steps.subList(0, count).forEach(step -> chosen.put(Place.of(step.to()), step.to()));
        return List.copyOf(chosen.values());
    }
}
