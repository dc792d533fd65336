package io.github.tintype.benchmark;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.tintype.capture.Mode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reports of a measurement that nobody made, with figures that are easy to work out. */
class ReportTest {
    private static final String HOSTILE = "</title><script src='https://evil.example/x.js'>alert(\"&\")</script>\u0000";
    private static final Workload UNET = new Workload(BenchmarkModel.SD15_UNET, 512, 768, 2);
    private static final Workload TEXT = new Workload(BenchmarkModel.SD15_TEXT_ENCODER, 512, 512, 1);
    private static final Variant TUNED = new Variant(ModelForm.PLAIN, Optional.of(Mode.MAX_AUTOTUNE), true);

    /* At 2 s: 50 GFLOP/s, half the peak; 5 GB/s, half of copying; 1 s + 1 s at the roofline, all of it. */
    private static Row.Measured measured(double factor) {
        return new Row.Measured(
                List.of(Variant.EAGER, TUNED),
                new Timings(List.of(2 * factor, 1 * factor, 3 * factor)),
                new FirstCall(0.25, 0.5, 1, 2, 4, "3 found, 1 made"),
                new MemoryUse(200 << 20, 50 << 20, 300 << 20, 900 << 20, 70 << 20, 100 << 20),
                List.of(new Row.Work(100_000_000_000L, 1), new Row.Work(1, 10_000_000_000L)),
                List.of(
                        new KernelShare("conv2d " + HOSTILE, 7, 1.5, 100_000_000_000L, 1),
                        new KernelShare("add loop", 2, 0.5, 1, 5_000_000_000L)),
                factor == 1 ? Optional.empty() : Optional.of(new Quality(41.2, 0.9999)));
    }

    private static Report report(OptionalDouble peak) {
        return new Report(
                new Machine(HOSTILE, 2, 8L << 30, "Linux", "25", "1.2.3"),
                "tintype bench --models sd15",
                "2026-01-02 03:04",
                new Suite(List.of(UNET, TEXT), List.of(Variant.EAGER, TUNED), 3, 1, 4L << 30, Optional.empty()),
                new Peaks(2, peak, 1e10),
                List.of(
                        new Row(UNET, Variant.EAGER, measured(1)),
                        new Row(UNET, TUNED, measured(0.5)),
                        new Row(TEXT, Variant.EAGER, new Row.Refused("memory: no room for " + HOSTILE))));
    }

    private static final Report REPORT = report(OptionalDouble.of(1e11));

    @Test
    void textHasAlignedColumns() {
        List<String> lines = REPORT.text().lines().toList();
        int header = 10;
        assertThat(lines.get(header - 2)).isEqualTo("date       2026-01-02 03:04");
        assertThat(cells(lines.get(header)))
                .containsExactly(
                        "#",
                        "model",
                        "size",
                        "batch",
                        "mode",
                        "median ms",
                        "quartiles",
                        "least–most",
                        "GFLOP/s",
                        "of FMA peak",
                        "GB/s",
                        "of copying",
                        "of roofline",
                        "memory MiB",
                        "compile s",
                        "weights s",
                        "first call s",
                        "PSNR dB",
                        "cosine");
        assertThat(cells(lines.get(header + 2)))
                .containsExactly(
                        "1",
                        "sd15-unet",
                        "512x768",
                        "2",
                        "eager",
                        "2000",
                        "1500–2500",
                        "1000–3000",
                        "50.0",
                        "50 %",
                        "5.00",
                        "50 %",
                        "100 %",
                        "800",
                        "1.75",
                        "2.00",
                        "7.75",
                        "–",
                        "–");
        assertThat(lines.subList(header, header + 4))
                .extracting(String::length)
                .containsOnly(lines.get(header).length());
        assertThat(cells(lines.get(header + 3)))
                .startsWith("2", "sd15-unet", "512x768", "2", "max-autotune regional")
                .endsWith("41.2", "0.999900");
        assertThat(cells(lines.get(header + 4)).subList(0, 5))
                .containsExactly("3", "sd15-text-encoder", "77 tokens", "1", "eager");
        assertThat(lines).contains("2: sd15-unet 512x768 batch 2, max-autotune regional");
        assertThat(REPORT.text()).contains("| add loop ", " 25 % |");
    }

    private static List<String> cells(String line) {
        return List.of(line.substring(2, line.length() - 2).split(" *\\| *"));
    }

    @Test
    void withoutAPeakNothingIsSaidOfIt() {
        Report report = report(OptionalDouble.empty());
        assertThat(report.text())
                .contains("FMA peak   not measured: no compiler of loops is installed")
                .contains("| not measured |");
        assertThat(parse(report.html()).getElementsByTagName("circle").getLength())
                .isZero();
        JsonNode json = JsonMapper.shared().readTree(report.json());
        assertThat(json.at("/peaks/fma_flops_per_second").isNull()).isTrue();
        assertThat(json.at("/rows/0/roofline_s").isNull()).isTrue();
    }

    @Test
    void jsonIsReadBack() {
        JsonNode json = JsonMapper.shared().readTree(REPORT.json());
        assertThat(json.at("/machine/processor").asString()).isEqualTo(HOSTILE);
        assertThat(json.at("/command").asString()).isEqualTo("tintype bench --models sd15");
        assertThat(json.at("/settings/rounds").asInt()).isEqualTo(3);
        assertThat(json.at("/peaks/threads").asInt()).isEqualTo(2);
        assertThat(json.at("/peaks/fma_flops_per_second").asDouble()).isEqualTo(1e11);
        assertThat(json.at("/rows").size()).isEqualTo(3);
        JsonNode row = json.at("/rows/1");
        assertThat(row.at("/model").asString()).isEqualTo("sd15-unet");
        assertThat(row.at("/height").asInt()).isEqualTo(768);
        assertThat(row.at("/mode").asString()).isEqualTo("max-autotune regional");
        assertThat(row.at("/in_turns_with/0").asString()).isEqualTo("eager");
        assertThat(row.at("/calls_s").valueStream().map(JsonNode::asDouble)).containsExactly(1.0, 0.5, 1.5);
        assertThat(row.at("/median_s").asDouble()).isEqualTo(1);
        assertThat(row.at("/third_quartile_s").asDouble()).isEqualTo(1.25);
        assertThat(row.at("/roofline_s").asDouble()).isEqualTo(2);
        assertThat(row.at("/first_call/plan_s").asDouble()).isEqualTo(1);
        assertThat(row.at("/memory/peak_bytes").asLong()).isEqualTo(800L << 20);
        assertThat(row.at("/memory/mapped_files_bytes").asLong()).isEqualTo(70L << 20);
        assertThat(row.at("/kernels/0/name").asString()).isEqualTo("conv2d " + HOSTILE);
        JsonNode refused = json.at("/rows/2");
        assertThat(refused.at("/refused").asString()).startsWith("memory: no room");
        assertThat(refused.has("width")).isFalse();
        assertThat(refused.has("median_s")).isFalse();
    }

    private static Document parse(String html) {
        try {
            DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
            factory.setFeature("http://apache.org/xml/features/nonvalidating/load-external-dtd", false);
            DocumentBuilder builder = factory.newDocumentBuilder();
            return builder.parse(new ByteArrayInputStream(html.getBytes(StandardCharsets.UTF_8)));
        } catch (ParserConfigurationException | SAXException | IOException e) {
            throw new AssertionError(e);
        }
    }

    private static List<Element> elements(Document page, String name) {
        NodeList nodes = page.getElementsByTagName(name);
        List<Element> elements = new ArrayList<>();
        for (int i = 0; i < nodes.getLength(); i++) {
            elements.add((Element) nodes.item(i));
        }
        return elements;
    }

    @Test
    void thePageIsWellFormedAndNeedsNothingElse() {
        Document page = parse(REPORT.html());
        for (Element element : elements(page, "*")) {
            assertThat(element.getTagName()).isNotIn("script", "link", "img", "iframe", "object", "image", "use");
            for (String attribute : List.of("src", "href", "onload", "onclick", "style")) {
                assertThat(element.hasAttribute(attribute))
                        .as(element.getTagName())
                        .isFalse();
            }
        }
        assertThat(elements(page, "style").getFirst().getTextContent())
                .doesNotContain("url(", "@import")
                .contains("prefers-color-scheme:dark");
        assertThat(elements(page, "title").getFirst().getTextContent())
                .isEqualTo("Tintype benchmark, 2026-01-02 03:04");
        assertThat(page.getDocumentElement().getTextContent())
                .contains(HOSTILE.replace('\u0000', '\ufffd'), "tintype bench --models sd15");
    }

    @Test
    void thePageHasPlotsAndTables() {
        Document page = parse(REPORT.html());
        assertThat(elements(page, "svg"))
                .extracting(svg -> svg.getAttribute("aria-label"))
                .containsExactly(
                        "Latency of sd15-unet 512x768 batch 2",
                        "Peak memory of sd15-unet 512x768 batch 2",
                        "PSNR of sd15-unet 512x768 batch 2 beside eager",
                        "Roofline");
        List<Element> bars = elements(page, "rect");
        assertThat(bars)
                .extracting(bar -> bar.getAttribute("width"), bar -> bar.getAttribute("class"))
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("200.0", "c0"),
                        org.assertj.core.groups.Tuple.tuple("100.0", "c1"),
                        org.assertj.core.groups.Tuple.tuple("300.0", "c0"),
                        org.assertj.core.groups.Tuple.tuple("300.0", "c1"),
                        org.assertj.core.groups.Tuple.tuple("300.0", "c1"));
        assertThat(elements(page, "text")).extracting(Element::getTextContent).contains("41.2 dB");
        assertThat(elements(page, "circle")).hasSize(2);
        assertThat(elements(page, "details")).hasSize(2);
        assertThat(elements(page, "th")).hasSize(19 + 2 * 9);
        assertThat(elements(page, "td"))
                .filteredOn(cell -> cell.getTextContent().startsWith("memory: no room"))
                .singleElement()
                .returns("14", cell -> cell.getAttribute("colspan"));
    }

    /* A rung that gives the very same values has no finite PSNR, and one that is off by more than the span a negative one. */
    @Test
    void barsOfPsnrAreFiniteAndNotNegative() {
        List<Row> rows = new ArrayList<>(List.of(new Row(UNET, Variant.EAGER, measured(1))));
        for (double psnr : new double[] {40, 20, Double.POSITIVE_INFINITY, -3}) {
            Row.Measured like = measured(1);
            rows.add(new Row(
                    UNET,
                    TUNED,
                    new Row.Measured(
                            like.beside(),
                            like.timings(),
                            like.firstCall(),
                            like.memory(),
                            like.work(),
                            like.kernels(),
                            Optional.of(new Quality(psnr, 1)))));
        }
        Report report =
                new Report(REPORT.machine(), REPORT.command(), REPORT.date(), REPORT.suite(), REPORT.peaks(), rows);
        Document page = parse(report.html());
        Element plot = elements(page, "svg").get(2);
        NodeList bars = plot.getElementsByTagName("rect");
        List<String> widths = new ArrayList<>();
        for (int i = 0; i < bars.getLength(); i++) {
            widths.add(((Element) bars.item(i)).getAttribute("width"));
        }
        assertThat(widths).containsExactly("300.0", "150.0", "300.0", "0.0");
        assertThat(plot.getTextContent()).contains("40.0 dB", "20.0 dB", "equal", "-3.0 dB");
    }

    /* A point on the roof is drawn on its line: half the peak at the intensity where copying bounds it to just that. */
    @Test
    void theRooflineIsWhereItBelongs() {
        Markup page = new Markup();
        new RooflinePlot(1e11, 1e10, List.of(new RooflinePlot.Point("1", "x", 10, 1e11, 0))).write(page);
        Document svg = parse(page.toString());
        Element circle = elements(svg, "circle").getFirst();
        Element roof = elements(svg, "path").getLast();
        assertThat(roof.getAttribute("d"))
                .contains("L%s %sH".formatted(circle.getAttribute("cx"), circle.getAttribute("cy")));
    }

    @Test
    void figuresDoNotDependOnTheLocale() {
        Locale before = Locale.getDefault();
        try {
            Locale.setDefault(Locale.GERMANY);
            assertThat(Figures.short3(12.34)).isEqualTo("12.3");
            assertThat(Figures.mebibytes(2000L << 20)).isEqualTo("2,000");
            assertThat(parse(REPORT.html()).getElementsByTagName("rect").item(0).getAttributes())
                    .satisfies(attributes -> assertThat(
                                    attributes.getNamedItem("width").getNodeValue())
                            .isEqualTo("200.0"));
        } finally {
            Locale.setDefault(before);
        }
    }
}
