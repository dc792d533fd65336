package io.github.tintype.quantization;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tintype.benchmark.TrueSize;
import io.github.tintype.models.unet.UNet2DConditionConfig;
import io.github.tintype.models.unet.UNet2DConditionModel;
import io.github.tintype.models.vae.AutoencoderKL;
import io.github.tintype.models.vae.AutoencoderKLConfig;
import io.github.tintype.nn.Weights;
import io.github.tintype.tensor.DType;
import io.github.tintype.trace.ModuleTree;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The guide's filters on SDXL at its true size. The counts are those of a script that goes through the published configuration by itself. */
class TrueSizeLayersTest {
    private static Map<String, Long> sizes(List<QuantizationReport.Layer> layers) {
        return layers.stream()
                .collect(Collectors.groupingBy(
                        layer -> layer.size().orElseThrow().toString(), TreeMap::new, Collectors.counting()));
    }

    private static QuantizationReport guide(Object model) {
        Quantization guide = new Quantization(
                new QuantizationConfig.Int8DynamicActivationInt8Weight(), LayerFilter.dynamicQuantFilter());
        return guide.report(
                ModuleTree.modules(guide.apply(Quantization.swapConv1x1ToLinear(model, LayerFilter.convFilter()))));
    }

    /* 537 of 743 linear layers, 83 % of their weights. */
    @Test
    void theUnetsLayersAreThoseThatTheRuleGives() {
        UNet2DConditionConfig config = UNet2DConditionConfig.parse(TrueSize.SDXL.config("unet"));
        QuantizationReport report = guide(UNet2DConditionModel.load(new Weights.Recorder(DType.F32), config));
        assertThat(sizes(report.quantized()))
                .isEqualTo(Map.of(
                        "(320,1280)", 1L,
                        "(1280,320)", 5L,
                        "(1280,1280)", 381L,
                        "(1280,10240)", 60L,
                        "(2048,640)", 20L,
                        "(2560,640)", 10L,
                        "(5120,1280)", 60L));
        assertThat(report.layers().stream().filter(layer -> layer.size().isPresent()))
                .hasSize(743);
    }

    /* The attentions' (512,512) are filtered, and so is the swapped (256,128); what is left is one shortcut of the encoder. */
    @Test
    void ofTheVaeOneLayerIsLeft() {
        AutoencoderKLConfig config = AutoencoderKLConfig.parse(TrueSize.SDXL.config("vae"));
        QuantizationReport report = guide(AutoencoderKL.load(new Weights.Recorder(DType.F32), config));
        assertThat(sizes(report.quantized())).isEqualTo(Map.of("(128,256)", 1L));
    }
}
