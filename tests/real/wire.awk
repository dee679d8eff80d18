# What a log of `comms send` tells of the wire, as `NAME=NUMBER` a line.
#
#   awk -v bottom=Tcp -f wire.awk LOG    bottom is the layer that gets what is said in one piece
#
#   bdat    BDAT commands
#   rset    RSET commands
#   flight  the most messages whose whole content went by BDAT before a reply was read
#   ahead   the most commands that were said before a reply was read
#   joint   writes that have the end of a content and the MAIL of the next message
#   apart   writes that have the end of a content and nothing behind it

BEGIN { bdat = rset = flight = ahead = joint = apart = 0 }

{ stack = $2; layer = $3 }

layer == "Smtp" && $4 == "C:" {
    if (++said[stack] > ahead) ahead = said[stack]
    if ($5 == "RSET") rset++
    if ($5 == "BDAT") bdat++
    if ($5 == "BDAT" && $7 == "LAST" && ++flying[stack] > flight) flight = flying[stack]
}

layer == "Smtp" && $4 == "S:" { said[stack] = flying[stack] = 0 }

# A line of one dot may also be content; then more of it follows.
layer == "Util" && $4 == ">" && $5 == "send" {
    text = $0
    sub(/^.* -> /, "", text)
    if (text ~ /^(\\r\\n)?\.\\r\\n$/) place[stack] = "end"
    else if (place[stack] == "end" && text ~ /^(RSET|MAIL FROM:)/) place[stack] = "next"
    else if (place[stack] == "end") place[stack] = ""
}

layer == bottom && $4 == ">" && $5 == "send" {
    if (place[stack] == "next") joint++
    if (place[stack] == "end") apart++
    place[stack] = ""
}

END {
    printf "bdat=%d\nrset=%d\nflight=%d\nahead=%d\njoint=%d\napart=%d\n", bdat, rset, flight, ahead, joint, apart
}
