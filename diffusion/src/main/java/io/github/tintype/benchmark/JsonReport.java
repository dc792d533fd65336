package io.github.tintype.benchmark;

import java.util.OptionalDouble;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A report as JSON. Seconds, bytes, operations; what wasn't measured is null. */
final class JsonReport {
    private static final JsonMapper MAPPER =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    private JsonReport() {}

    static String of(Report report) {
        ObjectNode root = MAPPER.createObjectNode();
        Machine machine = report.machine();
        root.putObject("machine")
                .put("processor", machine.processor())
                .put("processors", machine.processors())
                .put("memory_bytes", machine.memory())
                .put("system", machine.system())
                .put("java", machine.java())
                .put("tintype", machine.tintype());
        root.put("command", report.command());
        root.put("date", report.date());
        Suite suite = report.suite();
        root.putObject("settings")
                .put("rounds", suite.rounds())
                .put("warmup", suite.warmup())
                .put("memory_budget_bytes", suite.memoryBudget());
        ObjectNode peaks = root.putObject("peaks");
        peaks.put("threads", report.peaks().threads());
        put(peaks, "fma_flops_per_second", report.peaks().flops());
        peaks.put("copy_bytes_per_second", report.peaks().bandwidth());
        ArrayNode rows = root.putArray("rows");
        report.rows().forEach(row -> put(rows.addObject(), row, report.peaks()));
        return MAPPER.writeValueAsString(root) + "\n";
    }

    private static void put(ObjectNode json, Row row, Peaks peaks) {
        Workload workload = row.workload();
        json.put("model", workload.model().label());
        if (workload.model().hasSize()) {
            json.put("width", workload.width()).put("height", workload.height());
        }
        json.put("batch", workload.batch());
        json.put("mode", row.variant().toString());
        switch (row.outcome()) {
            case Row.Refused(String reason) -> json.put("refused", reason);
            case Row.Measured ran -> put(json, ran, peaks);
        }
    }

    private static void put(ObjectNode json, Row.Measured ran, Peaks peaks) {
        ArrayNode beside = json.putArray("in_turns_with");
        ran.beside().forEach(variant -> beside.add(variant.toString()));
        ArrayNode calls = json.putArray("calls_s");
        ran.timings().seconds().forEach(calls::add);
        json.put("median_s", ran.timings().median());
        json.put("first_quartile_s", ran.timings().quantile(0.25));
        json.put("third_quartile_s", ran.timings().quantile(0.75));
        json.put("flops", ran.flops());
        json.put("bytes", ran.bytes());
        put(json, "roofline_s", ran.roofline(peaks));
        FirstCall first = ran.firstCall();
        json.putObject("first_call")
                .put("record_s", first.record())
                .put("passes_s", first.passes())
                .put("plan_s", first.plan())
                .put("weights_s", first.weights())
                .put("run_s", first.run())
                .put("cache", first.cache());
        MemoryUse memory = ran.memory();
        json.putObject("memory")
                .put("peak_bytes", memory.peak())
                .put("anonymous_bytes", memory.anonymous())
                .put("random_weights_bytes", memory.drawn())
                .put("mapped_files_bytes", memory.files())
                .put("counted_bytes", memory.counted())
                .put("planned_weights_bytes", memory.weights())
                .put("planned_slab_bytes", memory.slab());
        ran.quality().ifPresent(quality -> {
            ObjectNode nearness = json.putObject("beside_first");
            if (Double.isFinite(quality.psnr())) {
                nearness.put("psnr_db", quality.psnr());
            } else {
                nearness.putNull("psnr_db");
            }
            nearness.put("cosine", quality.cosine());
        });
        ArrayNode kernels = json.putArray("kernels");
        for (KernelShare kernel : ran.kernels()) {
            ObjectNode one = kernels.addObject()
                    .put("name", kernel.name())
                    .put("calls", kernel.calls())
                    .put("seconds", kernel.seconds())
                    .put("flops", kernel.flops())
                    .put("bytes", kernel.bytes());
            put(one, "roofline_s", kernel.roofline(peaks));
        }
    }

    private static void put(ObjectNode json, String name, OptionalDouble value) {
        if (value.isPresent()) {
            json.put(name, value.getAsDouble());
        } else {
            json.putNull(name);
        }
    }
}
