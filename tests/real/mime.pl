#!/usr/bin/perl
# Reads the mail of a Maildir by MIME::Parser, and prints what it finds as lines of JSON: mime.py
# compares them with what went in. Octets are told by their length and SHA-256.
#
#   mime.pl MAILDIR
use strict;
use warnings;
use Digest::SHA qw(sha256_hex);
use Encode qw(decode FB_CROAK);
use JSON::PP;
use Mail::Address;
use MIME::Parser;
use MIME::WordDecoder qw(mime_to_perl_string);
use Date::Parse qw(str2time);

my ($maildir) = @ARGV;
my $json = JSON::PP->new->ascii->canonical->allow_nonref;
my $parser = MIME::Parser->new;
$parser->output_to_core(1);
$parser->tmp_to_core(1);
$parser->max_parts(-1) if $parser->can('max_parts');

for my $path ( sort glob("$maildir/new/* $maildir/cur/*") ) {
    my $entity = $parser->parse_open($path);
    print $json->encode( message($entity) ), "\n";
}

sub message {
    my ($entity) = @_;
    my $head = $entity->head;
    my ( @texts, @mailboxes );
    for my $tag ( 'Subject', 'X-Free-Text' ) {
        push @texts, map { [ $tag, mime_to_perl_string( unfolded($_) ) ] } $head->get_all($tag);
    }
    for my $tag ( 'From', 'Sender', 'Reply-To', 'To', 'Cc' ) {
        push @mailboxes, map { [ $tag, mailboxes( unfolded($_) ) ] } $head->get_all($tag);
    }
    return {
        id        => bare( $head->get('Message-ID') ),
        date      => str2time( unfolded( $head->get('Date') ) ) + 0,
        texts     => \@texts,
        mailboxes => \@mailboxes,
        root      => node($entity),
    };
}

sub unfolded {
    my ($value) = @_;
    chomp $value;
    $value =~ s/\r?\n(?=[ \t])//g;
    return $value;
}

sub mailboxes {
    my ($value) = @_;
    return [
        map {
            my $name = $_->phrase;
            $name =~ s/\A"(.*)"\z/$1/s and $name =~ s/\\(.)/$1/g;
            [ length $name ? mime_to_perl_string($name) : undef, decode( 'UTF-8', $_->address ) ]
        } Mail::Address->parse($value)
    ];
}

sub bare {
    my ($id) = @_;
    return undef if !defined $id;
    $id =~ s/\A\s*<|>\s*\z//g;
    return $id;
}

sub node {
    my ($entity) = @_;
    my $type = $entity->mime_type;
    if ( $type =~ m{\Amultipart/(.*)} ) {
        my $subtype = $1;
        return { multipart => $subtype, parts => [ map { node($_) } $entity->parts ] };
    }
    my $disposition = $entity->head->mime_attr('content-disposition') || undef;
    my $octets      = $entity->bodyhandle->as_string;
    my $text        = undef;
    if ( $type =~ m{\Atext/} && !defined $disposition ) {
        # Perl's `UTF-8` refuses U+FFFE, which is UTF-8 all the same; its `utf8` does not.
        my $charset = $entity->head->mime_attr('content-type.charset');
        die "$charset is not what is sent" if $charset ne 'utf-8';
        $text = decode( 'utf8', my $copy = $octets, FB_CROAK );
    }
    my $name = $entity->head->recommended_filename;
    return {
        type        => $type,
        disposition => $disposition,
        file_name   => $name,
        content_id  => bare( $entity->head->get('Content-ID') ),
        text        => $text,
        length      => length $octets,
        sha256      => sha256_hex($octets),
    };
}
