package io.github.tintype.cpu;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.tintype.code.Build;
import io.github.tintype.code.Digests;
import io.github.tintype.code.HostProcessor;
import io.github.tintype.code.Target;
import io.github.tintype.code.cache.CacheKey;
import io.github.tintype.code.cache.CacheRoot;
import io.github.tintype.code.cache.CacheUse;
import io.github.tintype.code.cache.CompileCache;
import io.github.tintype.code.cache.CompiledPackage;
import io.github.tintype.device.Device;
import io.github.tintype.device.Kernel;
import io.github.tintype.device.Layout;
import io.github.tintype.device.Lowering;
import io.github.tintype.device.MatmulPrecision;
import io.github.tintype.device.NativeMemory;
import io.github.tintype.device.Operand;
import io.github.tintype.device.Spending;
import io.github.tintype.graph.ActivationOp;
import io.github.tintype.graph.BinaryOp;
import io.github.tintype.graph.CastOp;
import io.github.tintype.graph.CatOp;
import io.github.tintype.graph.Conv2dOp;
import io.github.tintype.graph.EpilogueOp;
import io.github.tintype.graph.ExpandOp;
import io.github.tintype.graph.FusedOp;
import io.github.tintype.graph.GroupNormOp;
import io.github.tintype.graph.IndexSelectOp;
import io.github.tintype.graph.LayerNormOp;
import io.github.tintype.graph.LinearOp;
import io.github.tintype.graph.MatMulOp;
import io.github.tintype.graph.Op;
import io.github.tintype.graph.PadOp;
import io.github.tintype.graph.PermuteOp;
import io.github.tintype.graph.QuantizedLinearOp;
import io.github.tintype.graph.ReduceOp;
import io.github.tintype.graph.ReshapeOp;
import io.github.tintype.graph.ScaledDotProductAttentionOp;
import io.github.tintype.graph.SliceOp;
import io.github.tintype.graph.SoftmaxOp;
import io.github.tintype.graph.UnaryOp;
import io.github.tintype.graph.UpsampleConv2dOp;
import io.github.tintype.graph.UpsampleNearestOp;
import io.github.tintype.loop.LoopCompilerProvider;
import io.github.tintype.tensor.SdpBackend;
import io.github.tintype.tensor.TensorType;
import io.github.tintype.tensor.UnsupportedOpException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * The processor: oneDNN's kernels on threads of our own. Computes in f32, also what is stored in bf16 or f16; copies, casts between
 * floats and look-ups work for the other types too. Thread-safe.
 */
public final class CpuDevice implements Device {
    private static final System.Logger LOG = System.getLogger(CpuDevice.class.getName());

    /* An op together with what computes it, so that the op's type and the support's are known to agree. */
    private record Bound<O>(OpSupport<? super O> support, O op) {
        boolean supports(List<TensorType> inputs, TensorType output) {
            return support.supports(op, inputs, output);
        }

        List<Layout> inputLayouts(List<Operand> inputs, TensorType output) {
            return support.inputLayouts(op, inputs, output);
        }

        List<Candidate> candidates(List<Operand> inputs, TensorType output, Spending spending) {
            return support.candidates(op, inputs, output, spending);
        }
    }

    private final Cpu cpu;
    private final CacheUse cacheUse;
    private final Optional<LoopCompilerProvider> loopCompiler;
    /* Told when somebody compiles: it takes looking at jars. */
    private Optional<String> identity = Optional.empty();
    private final KernelCache kernels = new KernelCache();
    private final OpSupport<Conv2dOp> convolution;
    private final OpSupport<LinearOp> linear;
    private final OpSupport<QuantizedLinearOp> quantizedLinear;
    private final OpSupport<MatMulOp> matmul;
    private final AttentionSupport attentionBackends;
    private final OpSupport<ScaledDotProductAttentionOp> attention;
    private final OpSupport<GroupNormOp> groupNorm;
    private final OpSupport<LayerNormOp> layerNorm;
    private final OpSupport<SoftmaxOp> softmax;
    private final OpSupport<Op> eltwise;
    private final OpSupport<UnaryOp> unaryMath;
    private final OpSupport<BinaryOp> binary;
    private final OpSupport<BinaryOp> extremes;
    private final OpSupport<ReduceOp> reductions;
    private final CastSupport casts;
    private final CopySupport copies;
    private final GatherSupport gather = new GatherSupport();
    private final OpSupport<UpsampleNearestOp> upsample;
    private final OpSupport<UpsampleConv2dOp> upsampleConvolution;
    private final OpSupport<EpilogueOp> epilogue;
    private final Optional<LoopSupport> loops;
    /* None where what is measured must not decide. */
    private final Optional<Tuner> tuner;

    /**
     * What a device is made with.
     *
     * @param threads that compute, the caller's included
     * @param cache directory, of which native libraries take {@code native} and compiled things {@code code}
     * @param loopCompiler compiles what no library computes, and is loaded when that is not in the cache; empty to do without
     * @param packages of compiled things, asked before the cache; whoever opened them closes them after the device
     * @param deterministic whether results are the same to the last bit for any number of threads, whatever the cache holds: work is cut by its sizes alone, and
     *     kernels are those of tables, also where max-autotune would measure
     * @param matmulPrecision how exactly products of F32 are computed; a warning says so where the processor has no faster way
     */
    public record Settings(
            int threads,
            Path cache,
            Optional<LoopCompilerProvider> loopCompiler,
            List<CompiledPackage> packages,
            boolean deterministic,
            MatmulPrecision matmulPrecision) {
        public Settings {
            packages = List.copyOf(packages);
        }

        /** One thread for each processor that the JVM may use, this user's cache, and the compiler that is installed, if one is. */
        public static Settings here() {
            return new Settings(
                    Runtime.getRuntime().availableProcessors(),
                    CacheRoot.here(),
                    LoopCompilerProvider.installed(),
                    List.of(),
                    false,
                    MatmulPrecision.HIGHEST);
        }

        public Settings withThreads(int other) {
            return new Settings(other, cache, loopCompiler, packages, deterministic, matmulPrecision);
        }

        public Settings withCache(Path other) {
            return new Settings(threads, other, loopCompiler, packages, deterministic, matmulPrecision);
        }

        public Settings withLoopCompiler(Optional<LoopCompilerProvider> other) {
            return new Settings(threads, cache, other, packages, deterministic, matmulPrecision);
        }

        public Settings withPackages(List<CompiledPackage> others) {
            return new Settings(threads, cache, loopCompiler, others, deterministic, matmulPrecision);
        }

        public Settings withDeterministic(boolean always) {
            return new Settings(threads, cache, loopCompiler, packages, always, matmulPrecision);
        }

        public Settings withMatmulPrecision(MatmulPrecision other) {
            return new Settings(threads, cache, loopCompiler, packages, deterministic, other);
        }
    }

    private CpuDevice(
            Cpu cpu,
            CacheUse use,
            Optional<LoopCode> code,
            Optional<LoopCompilerProvider> loopCompiler,
            boolean deterministic) {
        this.cpu = cpu;
        this.cacheUse = use;
        this.loopCompiler = loopCompiler;
        loops = code.map(with -> new LoopSupport(cpu, with));
        tuner = deterministic ? Optional.empty() : Optional.of(new Tuner(cpu.memory(), use, cpu.threads()));
        NarrowProducts narrow = new NarrowProducts(cpu);
        LinearSupport products =
                new LinearSupport(cpu, kernels, code.map(with -> new ProductSupport(cpu, with)), narrow);
        UpsampleSupport larger = new UpsampleSupport(cpu, kernels);
        ConvolutionSupport images = new ConvolutionSupport(
                cpu, kernels, products, larger, code.map(with -> new GeneratedConvolutions(cpu, with)));
        GroupNormSupport groups = new GroupNormSupport(cpu, kernels);
        convolution = inAnyFloat(images);
        linear = inAnyFloat(products);
        quantizedLinear = new QuantizedLinearSupport(cpu, kernels, code, narrow);
        matmul = inAnyFloat(new MatMulSupport(cpu, kernels));
        attentionBackends = new AttentionSupport(cpu, kernels, code.map(with -> new FlashSupport(cpu, with)), narrow);
        attention = inAnyFloat(attentionBackends);
        groupNorm = inAnyFloat(groups);
        layerNorm = inAnyFloat(new LayerNormSupport(cpu, kernels));
        softmax = inAnyFloat(new SoftmaxSupport(cpu, kernels));
        eltwise = inAnyFloat(new EltwiseSupport(cpu, kernels));
        unaryMath = inAnyFloat(new UnaryMathSupport());
        binary = inAnyFloat(new BinarySupport(cpu, kernels));
        extremes = inAnyFloat(new ExtremeSupport(cpu));
        reductions = inAnyFloat(new ReduceSupport(cpu));
        casts = new CastSupport(cpu);
        copies = new CopySupport(cpu, kernels);
        upsample = inAnyFloat(larger);
        upsampleConvolution = inAnyFloat(new UpsampleConvolutionSupport(images));
        epilogue = inAnyFloat(new EpilogueSupport(images, products, groups, loops.isPresent(), cpu, kernels));
    }

    private <O> OpSupport<O> inAnyFloat(OpSupport<O> f32) {
        return new HalfSupport<>(cpu, f32);
    }

    /** By {@link Settings#here}. @throws io.github.tintype.tensor.DeviceException if oneDNN can't be loaded */
    public static CpuDevice open() {
        return open(Settings.here());
    }

    /** With so many threads, the caller's included. @throws io.github.tintype.tensor.DeviceException if oneDNN can't be loaded */
    public static CpuDevice open(int threads) {
        return open(Settings.here().withThreads(threads));
    }

    /** @throws io.github.tintype.tensor.DeviceException if oneDNN can't be loaded */
    public static CpuDevice open(Settings settings) {
        Path libraries = settings.cache().resolve("native");
        CacheUse use = new CacheUse(
                CompileCache.under(settings.cache()).with(settings.packages()),
                () -> Build.of(CpuDevice.class).flatMap(_ -> Build.engine()));
        return new CpuDevice(
                Cpu.open(settings.threads(), settings.deterministic(), math(settings.matmulPrecision()), libraries),
                use,
                settings.loopCompiler().map(provider -> new LoopCode(provider, libraries, use)),
                settings.loopCompiler(),
                settings.deterministic());
    }

    /* What the processor has is looked at only where it matters: it is read from a file. */
    private static FpMath math(MatmulPrecision precision) {
        if (precision == MatmulPrecision.HIGHEST) {
            return FpMath.STRICT;
        }
        FpMath math = FpMath.of(precision, HostProcessor.target());
        if (math == FpMath.STRICT) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "cpu: matmul precision {0} has no effect here: this processor has no products of {1}, so they are those of f32",
                    precision.label(),
                    precision == MatmulPrecision.HIGH ? "tf32" : "bf16");
        }
        return math;
    }

    /** Its build, and what compiles loops. Which processor it is decides no answer, only code. */
    @Override
    public synchronized String identity() {
        String told = identity.orElseGet(this::identify);
        identity = Optional.of(told);
        return told;
    }

    private String identify() {
        return "cpu, build %s, %s"
                .formatted(
                        Build.of(CpuDevice.class).map(CpuDevice::brief).orElse("unknown"),
                        loopCompiler
                                .map(provider -> "loops by %s %s"
                                        .formatted(
                                                provider.name(),
                                                brief(Digests.hex(
                                                        provider.version().getBytes(UTF_8)))))
                                .orElse("no loops"));
    }

    private static String brief(String digest) {
        return digest.substring(0, 16);
    }

    @Override
    public Optional<CacheUse> cache() {
        return Optional.of(cacheUse);
    }

    /**
     * Sees to it that the generated code of these kernels is in the cache for each of {@code targets} too, compiling what is missing.
     *
     * @param kernels of this device; what is a library's is left out
     * @return under which keys it is there
     * @throws io.github.tintype.tensor.DeviceException if the compiler can't be loaded
     */
    public List<CacheKey<?>> keep(Collection<Kernel> kernels, List<Target> targets) {
        List<CacheKey<?>> keys = new ArrayList<>();
        loops.ifPresent(support -> {
            for (Target target : targets) {
                kernels.stream()
                        .filter(GeneratedKernel.class::isInstance)
                        .flatMap(kernel -> ((GeneratedKernel) kernel).units(target).stream())
                        .distinct()
                        .forEach(unit -> keys.add(support.code().keep(unit, target)));
            }
        });
        return keys;
    }

    private Optional<Bound<?>> find(Op op) {
        return switch (op) {
            case Conv2dOp conv -> Optional.of(new Bound<>(convolution, conv));
            case LinearOp product -> Optional.of(new Bound<>(linear, product));
            case QuantizedLinearOp product -> Optional.of(new Bound<>(quantizedLinear, product));
            case MatMulOp product -> Optional.of(new Bound<>(matmul, product));
            case ScaledDotProductAttentionOp sdpa -> Optional.of(new Bound<>(attention, sdpa));
            case GroupNormOp norm -> Optional.of(new Bound<>(groupNorm, norm));
            case LayerNormOp norm -> Optional.of(new Bound<>(layerNorm, norm));
            case SoftmaxOp rows -> Optional.of(new Bound<>(softmax, rows));
            case BinaryOp two ->
                Optional.of(ExtremeSupport.has(two) ? new Bound<>(extremes, two) : new Bound<>(binary, two));
            case ReduceOp one -> Optional.of(new Bound<>(reductions, one));
            case IndexSelectOp select -> Optional.of(new Bound<>(gather, select));
            case UpsampleNearestOp larger -> Optional.of(new Bound<>(upsample, larger));
            case UpsampleConv2dOp fused -> Optional.of(new Bound<>(upsampleConvolution, fused));
            case EpilogueOp fused -> Optional.of(new Bound<>(epilogue, fused));
            case FusedOp fused -> loops.map(support -> new Bound<>(support, fused));
            case ActivationOp one -> Optional.of(new Bound<>(eltwise, one));
            case UnaryOp one ->
                Optional.of(EltwiseSupport.has(one) ? new Bound<>(eltwise, one) : new Bound<>(unaryMath, one));
            case CastOp one -> Optional.of(new Bound<>(casts, one));
            case CatOp move -> Optional.of(new Bound<>(copies, move));
            case PadOp move -> Optional.of(new Bound<>(copies, move));
            case ReshapeOp move -> Optional.of(new Bound<>(copies, move));
            case PermuteOp move -> Optional.of(new Bound<>(copies, move));
            case ExpandOp move -> Optional.of(new Bound<>(copies, move));
            case SliceOp move -> Optional.of(new Bound<>(copies, move));
            default ->
                Optional.empty(); // ops are open: what is not listed is decomposed or left to the reference kernels
        };
    }

    private Bound<?> get(Op op) {
        return find(op).orElseThrow(() ->
                new UnsupportedOpException("cpu: got op %s, wanted one it supports".formatted(op.name())));
    }

    @Override
    public String name() {
        return "cpu";
    }

    @Override
    public NativeMemory memory() {
        return cpu.memory();
    }

    @Override
    public boolean supports(Op op, List<TensorType> inputs, TensorType output) {
        return find(op).filter(bound -> bound.supports(inputs, output)).isPresent();
    }

    @Override
    public Optional<String> lacks(
            SdpBackend backend, ScaledDotProductAttentionOp op, List<TensorType> inputs, TensorType output) {
        return attentionBackends.lacks(
                backend, op, inputs.stream().map(HalfSupport::wide).toList(), HalfSupport.wide(output));
    }

    @Override
    public List<Layout> inputLayouts(Op op, List<Operand> inputs, TensorType output) {
        return get(op).inputLayouts(inputs, output);
    }

    @Override
    public Lowering lower(Op op, List<Operand> inputs, TensorType output) {
        return lower(op, inputs, output, Spending.LEAST);
    }

    @Override
    public Lowering lower(Op op, List<Operand> inputs, TensorType output, Spending spending) {
        List<Candidate> candidates = candidates(op, inputs, output, spending);
        if (spending.tuning().isEmpty() || loops.isEmpty() || tuner.isEmpty()) {
            return candidates.getFirst().lowering().get();
        }
        Tuner.Problem problem = new Tuner.Problem(op, inputs, output, spending.effort());
        Target processor = loops.get().code().target();
        return tuner.get()
                .fastest(problem, candidates, processor, spending.tuning().get());
    }

    /** What may be chosen for an op, that of the tables first; more is reached by their steps. */
    List<Candidate> candidates(Op op, List<Operand> inputs, TensorType output, Spending spending) {
        return get(op).candidates(inputs, output, spending);
    }

    /*
     * What goes element by element or row by row, and group norms, which read all before they write. So does everything that is widened
     * first; but layers, convolutions and attention of 16 bits may be by generated kernels, which read their operands while they write.
     */
    @Override
    public boolean computesInPlace(Op op, int index, List<Operand> inputs, TensorType output) {
        boolean half = HalfSupport.isHalf(inputs.stream().map(Operand::type).toList(), output);
        return switch (op) {
            case Conv2dOp _, UpsampleConv2dOp _, LinearOp _, EpilogueOp _, ScaledDotProductAttentionOp _ -> false;
            case MatMulOp _ -> half;
            case ActivationOp _, UnaryOp _, SoftmaxOp _, LayerNormOp _, GroupNormOp _, BinaryOp _ when half -> true;
            case ActivationOp _, UnaryOp _, SoftmaxOp _, LayerNormOp _, GroupNormOp _ -> index == 0;
            case BinaryOp binary -> BinarySupport.computesInPlace(binary, index, inputs, output);
            case FusedOp fused ->
                loops.filter(support -> support.computesInPlace(fused, index, inputs, output))
                        .isPresent();
            default -> false;
        };
    }

    @Override
    public Lowering copy(TensorType type, Layout from, Layout to) {
        return copies.copyAll(type, from, to);
    }

    @Override
    public void close() {
        cpu.close();
    }
}
