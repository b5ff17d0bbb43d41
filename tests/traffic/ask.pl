# Sends requests, and prints a line for each: the first line of its answer, or `lost`. Arguments are the protocol (udp or
# sctp), address, port, number of requests, `fresh` (a socket for each) or `same` (one for all), own address or `any`, the
# own port of the first socket (the next one has the next), and the text to send.
use strict;
use warnings;
use Socket qw(:all);

my ($protocol, $address, $port, $count, $sockets, $own, $own_port, $text) = @ARGV;
my $ipv6 = $address =~ /:/;
my $family = $ipv6 ? AF_INET6 : AF_INET;
my ($type, $number) = $protocol eq 'udp' ? (SOCK_DGRAM, 17) : (SOCK_STREAM, 132);

sub place {
    my ($port, $address) = @_;
    my $packed = inet_pton($family, $address) or die "address $address";
    return $ipv6 ? pack_sockaddr_in6($port, $packed) : pack_sockaddr_in($port, $packed);
}

my $socket;
$SIG{ALRM} = sub { die "late\n" };
for (1 .. $count) {
    my $answer = eval {
        alarm 10;
        if (!$socket || $sockets eq 'fresh') {
            socket($socket, $family, $type, $number) or die "socket: $!";
            bind($socket, place($own_port++, $own eq 'any' ? ($ipv6 ? '::' : '0.0.0.0') : $own)) or die "bind: $!";
            connect($socket, place($port, $address)) or die "connect: $!";
        }
        $protocol eq 'udp' and (defined send($socket, $text, 0) or die "send: $!");
        defined recv($socket, my $data, 65535, 0) or die "recv: $!";
        $data;
    };
    print STDERR $@ if !defined $answer;
    alarm 0;
    print defined $answer && $answer =~ /^(.+)\n/ ? "$1\n" : "lost\n";
}
