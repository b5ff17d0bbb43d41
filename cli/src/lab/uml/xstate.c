/*
 * Lets a UML kernel up to 6.12 run on a processor with AMX.
 *
 * Such a kernel keeps the vector registers of its processes in 2696 bytes, enough for AVX-512. A processor with AMX has
 * 8 KiB more, and then the machine's kernel refuses a PTRACE_SETREGSET of less than everything with EFAULT
 * (xstateregs_set in arch/x86/kernel/fpu/regset.c), so that UML's init dies at once. This library, loaded into the
 * UML program with LD_PRELOAD, hands the missing part back as the process has it now. UML 6.13 asks for the size itself.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <unistd.h>

#define NT_X86_XSTATE 0x202 /* <elf.h> of newer systems */

typedef long ptrace_function(enum __ptrace_request, pid_t, void *, void *);

static ptrace_function *next;

/* Not on the stack: UML's kernel stacks are small. One UML has one processor, and it is not preempted here. */
static char registers[1 << 16];

__attribute__((constructor)) static void find_next(void)
{
	next = (ptrace_function *)dlsym(RTLD_NEXT, "ptrace");
}

long ptrace(enum __ptrace_request request, ...)
{
	va_list arguments;
	va_start(arguments, request);
	pid_t pid = va_arg(arguments, pid_t);
	void *address = va_arg(arguments, void *);
	void *data = va_arg(arguments, void *);
	va_end(arguments);

	if (request == PTRACE_SETREGSET && address == (void *)NT_X86_XSTATE) {
		struct iovec *given = data;
		struct iovec whole = { registers, sizeof registers };
		if (next(PTRACE_GETREGSET, pid, address, &whole) < 0)
			return -1;
		if (given->iov_len < whole.iov_len) {
			memcpy(registers, given->iov_base, given->iov_len);
			return next(PTRACE_SETREGSET, pid, address, &whole);
		}
	}
	return next(request, pid, address, data);
}
