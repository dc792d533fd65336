package io.github.tintype.llvm;

/** The functions of LLVM's C API that we call. Source: llvm-c/*.h of LLVM 20. */
record LlvmApi(
        Native disposeMessage,
        Native targetFromTriple,
        Native createTargetMachine,
        Native disposeTargetMachine,
        Native createDataLayout,
        Native setDataLayout,
        Native disposeDataLayout,
        Native contextCreate,
        Native contextDispose,
        Native memoryBuffer,
        Native parse,
        Native verify,
        Native disposeModule,
        Native createOptions,
        Native disposeOptions,
        Native runPasses,
        Native errorMessage,
        Native disposeErrorMessage,
        Native emit,
        Native bufferStart,
        Native bufferSize,
        Native disposeBuffer) {
    static LlvmApi of(LlvmLibrary library) {
        return new LlvmApi(
                library.function("LLVMDisposeMessage"),
                library.function("LLVMGetTargetFromTriple"),
                library.function("LLVMCreateTargetMachine"),
                library.function("LLVMDisposeTargetMachine"),
                library.function("LLVMCreateTargetDataLayout"),
                library.function("LLVMSetModuleDataLayout"),
                library.function("LLVMDisposeTargetData"),
                library.function("LLVMContextCreate"),
                library.function("LLVMContextDispose"),
                library.function("LLVMCreateMemoryBufferWithMemoryRangeCopy"),
                library.function("LLVMParseIRInContext"),
                library.function("LLVMVerifyModule"),
                library.function("LLVMDisposeModule"),
                library.function("LLVMCreatePassBuilderOptions"),
                library.function("LLVMDisposePassBuilderOptions"),
                library.function("LLVMRunPasses"),
                library.function("LLVMGetErrorMessage"),
                library.function("LLVMDisposeErrorMessage"),
                library.function("LLVMTargetMachineEmitToMemoryBuffer"),
                library.function("LLVMGetBufferStart"),
                library.function("LLVMGetBufferSize"),
                library.function("LLVMDisposeMemoryBuffer"));
    }

    /** A string that LLVM made for us, which is given back; empty if there is none. */
    String ownedString(long address) {
        if (address == 0) {
            return "";
        }
        String string = Native.string(address);
        disposeMessage.call(address);
        return string;
    }
}
