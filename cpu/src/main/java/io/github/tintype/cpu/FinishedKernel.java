package io.github.tintype.cpu;

import io.github.tintype.code.Target;
import io.github.tintype.device.Kernel;
import io.github.tintype.device.KernelArguments;
import java.util.List;

/**
 * A kernel, and what is done to its result in place afterwards.
 *
 * @param operand the number of the input that the latter reads, if it reads one
 */
record FinishedKernel(Kernel kernel, Finish finish, int operand) implements GeneratedKernel {
    @Override
    public void run(KernelArguments arguments) {
        kernel.run(arguments);
        finish.run(
                arguments.outputAddress(),
                Operands.address(finish.readsOperand(), arguments, operand),
                arguments.cancelled());
    }

    @Override
    public List<Listing> listings() {
        return kernel.listings();
    }

    @Override
    public List<LoopCode.Unit> units(Target target) {
        return kernel instanceof GeneratedKernel generated ? generated.units(target) : List.of();
    }
}
