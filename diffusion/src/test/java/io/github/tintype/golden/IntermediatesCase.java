package io.github.tintype.golden;

import io.github.tintype.models.unet.blocks.DownBlock;
import io.github.tintype.tensor.HostTensor;
import io.github.tintype.trace.Region;
import io.github.tintype.trace.Tensor;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.assertj.core.api.SoftAssertions;

/** The outputs of the modules inside a UNet, by their path. */
final class IntermediatesCase implements CaseChecker {
    @Override
    public void check(GoldenCase golden, GoldenFolder folder, SoftAssertions soft) {
        Map<String, HostTensor> tensors = folder.tensors(golden.file(".safetensors"));
        Tolerance tolerance = golden.tolerance();
        Models.unet(folder.path("checkpoints/" + golden.text("checkpoint") + "/unet"), Optional.empty(), unet -> {
            Map<String, HostTensor> got = TestEngine.run(Models.unetInputs(tensors), in -> {
                Map<String, Tensor> outputs = new TreeMap<>();
                Region.observe((path, value) -> collect(outputs, path, value), () -> unet.call(Models.unetInput(in)));
                outputs.keySet().removeIf(name -> !tensors.containsKey("act/" + name));
                return outputs;
            });
            tensors.forEach((key, want) -> {
                if (key.startsWith("act/")) {
                    String name = key.substring("act/".length());
                    CaseChecker.part(soft, name, () -> tolerance.check(soft, name, Models.want(got, name), want));
                }
            });
        });
    }

    private static void collect(Map<String, Tensor> outputs, String path, Object value) {
        if (value instanceof Tensor tensor) {
            outputs.put(path, tensor);
        }
        if (value instanceof DownBlock.Output output) {
            outputs.put(path, output.hiddenStates());
            for (int i = 0; i < output.skips().size(); i++) {
                outputs.put("%s/skip.%d".formatted(path, i), output.skips().get(i));
            }
        }
    }
}
