# Answers every datagram and every SCTP connection with the name of the host. Arguments are places such as
# udp/203.0.113.168/5353; the host may get the address later. Returns when all are open, and goes on in the background.
use strict;
use warnings;
use Socket qw(:all);
use POSIX ();

my %number = (udp => 17, sctp => 132);
chomp(my $host = `hostname`);
my @sockets;
for my $place (@ARGV) {
    my ($protocol, $address, $port) = split m{/}, $place;
    my $ipv6 = $address =~ /:/;
    my $type = $protocol eq 'udp' ? SOCK_DGRAM : SOCK_STREAM;
    socket(my $socket, $ipv6 ? AF_INET6 : AF_INET, $type, $number{$protocol}) or die "socket $place: $!";
    # IP_FREEBIND and IPV6_FREEBIND of linux/in.h and linux/in6.h
    setsockopt($socket, $ipv6 ? 41 : 0, $ipv6 ? 78 : 15, pack('i', 1)) or die "freebind $place: $!";
    my $packed = inet_pton($ipv6 ? AF_INET6 : AF_INET, $address) or die "address $place";
    bind($socket, $ipv6 ? pack_sockaddr_in6($port, $packed) : pack_sockaddr_in($port, $packed)) or die "bind $place: $!";
    $protocol eq 'udp' or listen($socket, 64) or die "listen $place: $!";
    push @sockets, [$socket, $protocol];
}
for (@sockets) {
    my ($socket, $protocol) = @$_;
    next if fork;
    POSIX::setsid();
    open $_, '+<', '/dev/null' for *STDIN, *STDOUT, *STDERR;
    while ($protocol eq 'udp') {
        my $from = recv($socket, my $data, 65535, 0);
        send($socket, "$host\n", 0, $from) if defined $from;
    }
    while (accept(my $connection, $socket)) {
        syswrite $connection, "$host\n";
        close $connection;
    }
    exit;
}
