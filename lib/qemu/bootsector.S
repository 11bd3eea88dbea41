/* SPDX-License-Identifier: MIT */
/*
 * The smallest guest: one boot sector that talks on COM1, obeys the power button and sleeps otherwise.
 *
 * `husk check --boot` boots it to prove that this host runs guests, and most tests use it because it is up
 * a tenth of a second after the firmware starts.  It needs an x86 machine with a BIOS (QEMU's q35 or pc) and
 * is the first sector of any raw disk the firmware can boot from.
 *
 * It prints "husk bootsector ready" and then echoes what is typed on the serial line.  ESC and one more byte
 * is a command instead:
 *	o	power off			r	reset
 *	p	tell pvpanic (port 0x505) that the guest panicked
 *	h	halt for ever, deaf to everything, as a hung guest does
 *	i	ignore the power button from now on, without a word
 *	s	spin: burn the CPU for ever
 *	f	flood: write lines for ever, as fast as the serial line takes them
 *	wX	fill the disk's second sector with the byte X; answers "ok" or "io error"
 *	g	print the first byte of the disk's second sector, or "io error"
 * The power button is answered with "power button" and a power off.
 *
 * Ports: 16550A at 0x3f8; ACPI PM block at 0x600, where SeaBIOS puts it (src/config.h, PORT_ACPI_PM_BASE):
 * PM1 status 0x600, enable 0x602, control 0x604, bits as in ACPI 6.5, 4.8.3.  SLP_TYP 0 is S5 in QEMU's DSDT.
 * The two interrupts it wants (IRQ 4, the serial line, and IRQ 9, ACPI) are the only ones unmasked, so the
 * virtual CPU stays in HLT until there is something to do.
 *
 * Offsets count from the sector's start and the segment registers hold 0x7c0, so nothing needs relocation.
 */
	.set	COM1, 0x3f8
	.set	PM1_STATUS, 0x600
	.set	PM1_ENABLE, 0x602
	.set	PM1_CONTROL, 0x604
	.set	POWER_BUTTON, 0x100
	.set	DISK_BUFFER, 0x200		/* the 512 bytes behind this sector */

	.code16
	.text
	.globl	_start
_start:
	ljmp	$0x7c0, $(start - _start)

start:
	cli
	xorw	%ax, %ax
	movw	%ax, %ss
	movw	$0x7c00, %sp
	movw	%ax, %es
	/* IRQ 4 is vector 0x0c and IRQ 9 is 0x71, as the BIOS programmed the interrupt controllers */
	movw	$(interrupt - _start), %ax
	movw	%ax, %es:(0x0c * 4)
	movw	%ax, %es:(0x71 * 4)
	movw	%cs, %ax
	movw	%ax, %es:(0x0c * 4 + 2)
	movw	%ax, %es:(0x71 * 4 + 2)
	movw	%ax, %ds
	movb	%dl, drive - _start		/* the BIOS says which disk this came from */
	movb	$0xeb, %al			/* all but IRQ 2, the cascade, and IRQ 4 */
	outb	%al, $0x21
	movb	$0xfd, %al			/* all but IRQ 9 */
	outb	%al, $0xa1

	/* No FIFO: QEMU holds a byte back until the one before it was read, so early typing is not lost. */
	movw	$COM1 + 1, %dx
	movb	$0x01, %al			/* interrupt on received data */
	outb	%al, %dx
	movw	$COM1 + 4, %dx
	movb	$0x0b, %al			/* DTR, RTS, and OUT2: the gate of the interrupt line */
	outb	%al, %dx

	movw	$PM1_ENABLE, %dx
	movw	$POWER_BUTTON, %ax
	outw	%ax, %dx
	movw	$(text_ready - _start), %si
	call	print

main_loop:
	cli
	movw	$PM1_STATUS, %dx
	inw	%dx, %ax
	testb	$(POWER_BUTTON >> 8), %ah
	jnz	power_button
	call	poll_byte
	jc	1f
	sti					/* takes effect after HLT began: no wake-up is lost */
	hlt
	jmp	main_loop
1:	cmpb	$0x1b, %al
	je	command
	call	put_byte
	jmp	main_loop

power_button:
	movw	$POWER_BUTTON, %ax
	outw	%ax, %dx			/* write one to clear */
	cmpb	$0, ignore - _start
	jne	main_loop
	movw	$(text_button - _start), %si
	call	print
power_off:
	movw	$PM1_CONTROL, %dx
	movw	$0x2000, %ax			/* SLP_EN */
	outw	%ax, %dx
	jmp	main_loop

command:
	call	get_byte
	cmpb	$'o', %al
	je	power_off
	cmpb	$'r', %al
	je	reset
	cmpb	$'p', %al
	je	panic
	cmpb	$'h', %al
	je	hang
	cmpb	$'s', %al
	je	.
	cmpb	$'f', %al
	je	flood
	cmpb	$'w', %al
	je	write_sector
	cmpb	$'g', %al
	je	read_sector
	cmpb	$'i', %al
	jne	main_loop
	incb	ignore - _start
	jmp	main_loop

reset:
	movw	$0xcf9, %dx			/* reset control: hard reset now */
	movb	$0x06, %al
	outb	%al, %dx
hang:
	cli
	hlt
	jmp	hang

panic:
	movw	$0x505, %dx			/* QEMU docs/specs/pvpanic: bit 0, panicked */
	movb	$0x01, %al
	outb	%al, %dx
	jmp	main_loop

flood:
	movw	$(text_flood - _start), %si
	call	print
	jmp	flood

write_sector:
	call	get_byte
	pushw	%ds
	popw	%es
	movw	$DISK_BUFFER, %di
	movw	$512, %cx
	rep stosb
	movb	$0x43, %ah
	call	disk
	movw	$(text_ok - _start), %si
	jmp	say

read_sector:
	movb	$0x42, %ah
	call	disk
	movb	DISK_BUFFER, %al
	call	put_byte
	movw	$(text_newline - _start), %si
	jmp	say

/* disk - extended read (AH 0x42) or write (0x43) of sector 1; does not return when that fails. */
disk:
	xorb	%al, %al
	movb	drive - _start, %dl
	movw	$(packet - _start), %si
	int	$0x13
	jc	1f
	ret
1:	popw	%ax				/* the caller's address */
	movw	$(text_error - _start), %si
say:
	call	print
	jmp	main_loop

/*
 * interrupt - only ends HLT.  Everything else runs with interrupts off, and so does what it returns to: the
 * flags are dropped, since IRQ 9 is a level that stays up until the main loop has cleared the PM status.
 */
interrupt:
	pushw	%ax
	movb	$0x20, %al
	outb	%al, $0xa0
	outb	%al, $0x20
	popw	%ax
	lretw	$2

/* poll_byte - carry set and the byte in AL, or carry clear; without a serial port every bit reads as one. */
poll_byte:
	movw	$COM1 + 5, %dx
	inb	%dx, %al
	cmpb	$0xff, %al
	je	1f
	shrb	$1, %al				/* bit 0, data ready, into carry */
	jnc	2f
	movw	$COM1, %dx
	inb	%dx, %al
	stc
	ret
1:	clc
2:	ret

get_byte:
	call	poll_byte
	jnc	get_byte
	ret

put_byte:
	pushw	%ax
	movw	$COM1 + 5, %dx
1:	inb	%dx, %al
	testb	$0x20, %al			/* transmitter empty */
	jz	1b
	popw	%ax
	movw	$COM1, %dx
	outb	%al, %dx
	ret

/* print - the NUL-terminated text at SI. */
print:
	lodsb
	testb	%al, %al
	jz	1f
	call	put_byte
	jmp	print
1:	ret

text_ready:	.asciz	"husk bootsector ready\r\n"
text_button:	.asciz	"power button\r\n"
text_flood:	.asciz	"flood 0123456789abcdefghijklmnopqrstuvwxyz\r\n"
text_error:	.asciz	"io error\r\n"
text_ok:	.ascii	"ok"
text_newline:	.asciz	"\r\n"
ignore:		.byte	0
drive:		.byte	0

	/* disk address packet: size, sectors, buffer as offset and segment, 64-bit sector number */
	.balign	4
packet:		.word	16, 1, DISK_BUFFER, 0x7c0, 1, 0, 0, 0

	.org	510
	.byte	0x55, 0xaa

	.section .note.GNU-stack, "", @progbits
