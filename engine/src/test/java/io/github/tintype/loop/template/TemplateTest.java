package io.github.tintype.loop.template;

import static io.github.tintype.tensor.DType.BF16;
import static io.github.tintype.tensor.DType.F16;
import static io.github.tintype.tensor.DType.F32;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.tintype.loop.Packed;
import io.github.tintype.loop.Program;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What code is found by without its program. */
class TemplateTest {
    private static final RegisterTile TILE = new RegisterTile(3, 16, 8);
    private static final RegisterTile OTHER_TILE = new RegisterTile(4, 16, 8);

    static Stream<Template> templates() {
        Optional<MatmulTemplate.Other> element = Optional.of(MatmulTemplate.Other.ELEMENT);
        return Stream.of(
                new MatmulTemplate(TILE, 0, false, F32, F32, false, false, Optional.empty()),
                new MatmulTemplate(TILE, 2, false, F32, F32, false, false, Optional.empty()),
                new MatmulTemplate(TILE, 0, true, F32, F32, false, false, Optional.empty()),
                new MatmulTemplate(TILE, 0, false, F16, F16, false, false, Optional.empty()),
                new MatmulTemplate(TILE, 0, false, BF16, BF16, false, true, element),
                new MatmulTemplate(TILE, 0, false, BF16, BF16, true, true, element),
                new MatmulTemplate(OTHER_TILE, 0, false, F32, F32, false, false, Optional.empty()),
                new DirectTemplate(TILE, 0, false, F32, F32, false, true, false, Optional.empty()),
                new DirectTemplate(TILE, 0, false, F32, F32, false, false, false, Optional.empty()),
                new DirectTemplate(TILE, 0, false, F32, F32, false, false, true, Optional.empty()),
                new DirectTemplate(TILE, 0, false, BF16, BF16, true, true, false, element),
                new TapsTemplate(TILE, 0, 3, 3, 1, 3, F32, F32, false, Optional.empty()),
                new TapsTemplate(TILE, 0, 3, 3, 2, 3, F32, F32, false, Optional.empty()),
                new TapsTemplate(TILE, 0, 3, 3, 1, 3, F16, F16, true, Optional.empty()),
                new WinogradTemplate(WinogradForm.F2, false, 2, 16, 8, F32, F32, false, Optional.empty()),
                new WinogradTemplate(WinogradForm.F4, false, 2, 16, 8, F32, F32, false, Optional.empty()),
                new WinogradTemplate(WinogradForm.F4, true, 2, 16, 8, BF16, F32, true, Optional.empty()),
                new AttentionTemplate(4, 16, 8, F32, false, false),
                new AttentionTemplate(4, 16, 8, F32, false, true),
                new AttentionTemplate(4, 16, 8, BF16, true, false),
                new DynamicInt8Template(TILE, 0, false, Packed.PAIR_I16, F32, false),
                new DynamicInt8Template(TILE, 0, false, Packed.QUAD_I8, F32, true));
    }

    @ParameterizedTest
    @MethodSource("templates")
    void saysTheNamesThatItsProgramHas(Template template) {
        Program program = template.program();
        assertThat(template.name()).isEqualTo(program.name());
        assertThat(template.kernels())
                .isEqualTo(
                        program.kernels().stream().map(kernel -> kernel.name()).toList());
    }

    /* One that was forgotten would give a kernel the code of another. */
    @ParameterizedTest
    @MethodSource("templates")
    void namesAllOfItsComponents(Template template) throws ReflectiveOperationException {
        List<Object> components = new ArrayList<>();
        for (RecordComponent component : template.getClass().getRecordComponents()) {
            components.add(component.getAccessor().invoke(template));
        }
        assertThat(template.parameters()).isEqualTo(components);
    }

    @Test
    void differentProgramsHaveParametersOfDifferentTexts() {
        List<Template> templates = templates().toList();
        assertThat(templates).extracting(Template::program).doesNotHaveDuplicates();
        assertThat(templates)
                .extracting(template -> template.name() + template.parameters())
                .doesNotHaveDuplicates();
    }
}
