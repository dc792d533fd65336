package io.github.tintype.schedulers;

import io.github.tintype.Fixtures;
import io.github.tintype.io.ConfigNode;
import io.github.tintype.io.Json;
import io.github.tintype.tensor.HostTensor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One configuration of a scheduler's golden file. */
record GoldenCase(String className, ConfigNode entry, Map<String, HostTensor> tensors) {
    static List<GoldenCase> all(String className) {
        Map<String, HostTensor> tensors = Fixtures.tensors("schedulers/%s.safetensors".formatted(className));
        return Json.read(Fixtures.path("schedulers/%s.json".formatted(className))).children("cases").stream()
                .map(entry -> new GoldenCase(className, entry, tensors))
                .toList();
    }

    String id() {
        return entry.getString("id");
    }

    ConfigNode run() {
        return entry.child("run");
    }

    boolean isError() {
        return entry.has("error");
    }

    /** The scheduler and its schedule, made as the entry says. */
    Schedule schedule() {
        Scheduler scheduler = Schedulers.fromConfig(className, entry.child("config"));
        if (run().has("timesteps")) {
            return scheduler.setTimesteps(doubles("timesteps"));
        }
        return run().has("sigmas") ? scheduler.setSigmas(doubles("sigmas")) : scheduler.setTimesteps(run().getInt("n"));
    }

    private double[] doubles(String key) {
        return run().getDoubles(key).stream().mapToDouble(Double::doubleValue).toArray();
    }

    Optional<HostTensor> find(String name) {
        return Optional.ofNullable(tensors.get(id() + "/" + name));
    }

    /** A tensor that all cases share. */
    HostTensor shared(String name) {
        return Optional.ofNullable(tensors.get(name)).orElseThrow();
    }

    double[] values(String name) {
        HostTensor tensor = find(name).orElseThrow();
        double[] values = new double[(int) tensor.elements()];
        for (int i = 0; i < values.length; i++) {
            values[i] = tensor.getDouble(i);
        }
        return values;
    }

    /** Member i of a stack. */
    double[] member(String name, int i) {
        int length = (int) shared("x0").elements();
        return Arrays.copyOfRange(values(name), i * length, (i + 1) * length);
    }

    @Override
    public String toString() {
        return className + " " + id();
    }
}
