#!/usr/bin/env perl
# Prints src/unicode14.ts: what Perl's regular expressions say of every code point. Run by a Perl with Unicode 14.0 (5.36).
use v5.36;
use Unicode::UCD;
die "this Perl has Unicode ", Unicode::UCD::UnicodeVersion(), ", not 14.0\n" if Unicode::UCD::UnicodeVersion() ne "14.0.0";
no warnings;

my @bits = (qr/\p{C}/, qr/\p{IsAlnum}/, qr/\p{IsAlpha}/, qr/\p{IsN}/, qr/\p{IsLower}/, qr/\p{Ll}/, qr/\s/, qr/\p{Mn}/);
my (%letter, @masks, @runs);
for my $code (0 .. 0x10ffff) {
    my $char = chr $code;
    utf8::upgrade($char); # Unicode rules below U+0100 too
    my $mask = 0;
    for my $i (0 .. $#bits) { $mask |= 1 << $i if $char =~ $bits[$i] }
    push @masks, $mask unless exists $letter{$mask};
    $letter{$mask} //= chr(64 + @masks);
    if (@runs && $runs[-1][0] eq $letter{$mask}) { $runs[-1][1]++ }
    else { push @runs, [$letter{$mask}, 1] }
}

sub base36($n) {
    my $text = "";
    for (; $n; $n = int($n / 36)) { $text = substr("0123456789abcdefghijklmnopqrstuvwxyz", $n % 36, 1) . $text }
    return $text;
}
my $text = join "", map { ($_->[1] > 1 ? base36($_->[1]) : "") . $_->[0] } @runs;

say "// Made by scripts/unicode-classes.pl from the tables of Unicode 14.0; see classes.ts for what the bits mean.";
say "// prettier-ignore";
say "export const CLASS_MASKS: readonly number[] = [", join(", ", @masks), "];";
say "/** Runs of code points from U+0000 on: a length in base 36, none for 1, and a letter that stands for a mask. */";
say "export const CLASS_RUNS = `";
say for $text =~ /.{1,117}[A-Z]/g;
say "`;";
