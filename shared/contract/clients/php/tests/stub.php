<?php

// The process of StubBroker: one plan as its argument, its address as its first line.
//
// What it does to a message:
//     answer    confirms it, and answers login.accepted.v1
//     twice     the same, and then a login.rejected.v1 to the same message
//     stranger  answers another message, then this one
//     early     answers before it confirms
//     raw:TEXT  confirms it, and answers with this text
//     take      confirms it, and nothing comes
//     nothing   says nothing any more, on this connection
//     half      confirms it, and sends the beginning of an answer
//     decline   a negative confirmation
//     return    no route
//     block     has no memory left, and says so instead of a confirmation
//     drop      ends the connection without a word
//     close     closes the connection, as an operator would
//     missing   closes the channel: there is no such exchange
//     forbid    closes the channel: no right to write

declare(strict_types=1);

[$actions, $logins, $log, $certificate] = unserialize(base64_decode($argv[1]));
$context = stream_context_create($certificate === null ? [] : ['ssl' => ['local_cert' => $certificate]]);
$server = stream_socket_server('tcp://127.0.0.1:0', context: $context);
echo stream_socket_get_name($server, false), "\n";

function short_string(string $text): string
{
    return chr(strlen($text)) . $text;
}

function frame(int $type, int $channel, string $payload): string
{
    return pack('CnN', $type, $channel, strlen($payload)) . $payload . "\xCE";
}

function method(int $channel, int $class, int $method, string $arguments = ''): string
{
    return frame(1, $channel, pack('nn', $class, $method) . $arguments);
}

/** The three frames of an answer by direct reply-to. */
function delivery(string $correlation, string $body): string
{
    $properties = pack('n', 1 << 10) . short_string($correlation);
    return method(1, 60, 60, short_string('c') . pack('JC', 1, 0) . short_string('') . short_string('r'))
        . frame(2, 1, pack('nnJ', 60, 0, strlen($body)) . $properties)
        . frame(3, 1, $body);
}

function outcome(string $type, string $id): string
{
    $data = ['tenant_id' => 'north', 'user_id' => 'u', 'session_id' => 's'];
    $data += $type === 'login.accepted.v1' ? ['via' => 'totp'] : [
        'reason' => 'wrong_code', 'next' => 'try_another_code', 'message' => 'No.', 'methods' => ['totp'],
    ];
    return json_encode([
        'specversion' => '1.0', 'id' => "answer-$id", 'source' => '/twofactor/login', 'type' => $type,
        'time' => '2026-11-24T10:00:00.000000Z', 'causationid' => $id, 'data' => $data,
    ], JSON_THROW_ON_ERROR);
}

/** One connection: bytes come in, bytes go out, and `is_over` says that it is to be ended. */
final class Conversation
{
    private string $read = '';
    private bool $has_begun = false;
    private bool $is_silent = false;
    private int $tag = 0;
    private string $key = '';
    private string $properties = '';
    public bool $is_over = false;

    public function __construct(private readonly int $number, private readonly string $login)
    {
    }

    public function hear(string $bytes): string
    {
        if ($this->is_silent) {
            return '';
        }
        $this->read .= $bytes;
        $said = '';
        if (!$this->has_begun && strlen($this->read) >= 8) {
            $this->has_begun = true;
            $this->read = substr($this->read, 8);
            $mechanisms = pack('N', 14) . 'PLAIN AMQPLAIN';
            $said = method(0, 10, 10, pack('CCN', 0, 9, 0) . $mechanisms . pack('N', 5) . 'en_US');
        }
        while ($this->has_begun && strlen($this->read) >= 8) {
            ['type' => $type, 'channel' => $channel, 'size' => $size] = unpack('Ctype/nchannel/Nsize', $this->read);
            if (strlen($this->read) < $size + 8) {
                break;
            }
            $payload = substr($this->read, 7, $size);
            $this->read = substr($this->read, $size + 8);
            $said .= match ($type) {
                1 => $this->method($channel, $payload),
                2 => $this->header($payload),
                3 => $this->body($payload),
                default => '',
            };
        }
        return $said;
    }

    private function method(int $channel, string $payload): string
    {
        [, $class, $method] = unpack('n2', $payload);
        if ([$class, $method] === [60, 40]) {
            $exchange = ord($payload[6]);
            $this->key = substr($payload, 8 + $exchange, ord($payload[7 + $exchange]));
        }
        return match ([$class, $method]) {
            [10, 11] => match ($this->login) {
                'refuse' => $this->closed(0, 403, 'ACCESS_REFUSED - Login was refused'),
                'limit' => $this->closed(0, 530, 'NOT_ALLOWED - connection limit (1) is reached'),
                default => method(0, 10, 30, pack('nNn', 2047, 131072, 60)),
            },
            [10, 40] => method(0, 10, 41, short_string('')),
            [10, 50] => method(0, 10, 51),
            [20, 10] => method($channel, 20, 11, pack('N', 0)),
            [20, 40] => method($channel, 20, 41),
            [60, 20] => method($channel, 60, 21, short_string('c')),
            [85, 10] => method($channel, 85, 11),
            default => '',
        };
    }

    private function header(string $payload): string
    {
        $this->properties = substr($payload, 12);
        return '';
    }

    private function body(string $body): string
    {
        global $actions, $log;
        $what = [
            'body' => $body, 'key' => $this->key, 'properties' => $this->properties, 'connection' => $this->number,
        ];
        file_put_contents($log, base64_encode(serialize($what)) . "\n", FILE_APPEND);
        $id = json_decode($body, true, 64, JSON_THROW_ON_ERROR)['id'];
        $ack = method(1, 60, 80, pack('JC', ++$this->tag, 0));
        // After the flags, the content type and the delivery mode: AMQP 0-9-1, section 4.2.6.1.
        $begin = 4 + ord($this->properties[2]);
        $correlation = substr($this->properties, $begin + 1, ord($this->properties[$begin]));
        $answer = delivery($correlation, outcome('login.accepted.v1', $id));
        $action = array_shift($actions) ?? 'answer';
        $this->is_over = $action === 'drop';
        $said = match (true) {
            $action === 'answer' => $ack . $answer,
            $action === 'twice' => $ack . $answer . delivery($correlation, outcome('login.rejected.v1', $id)),
            $action === 'stranger' => $ack . delivery('another', outcome('login.rejected.v1', 'another')) . $answer,
            $action === 'early' => $answer . $ack,
            str_starts_with($action, 'raw:') => $ack . delivery($correlation, substr($action, 4)),
            $action === 'take' => $ack,
            $action === 'half' => $ack . substr($answer, 0, -20),
            $action === 'decline' => method(1, 60, 120, pack('JC', $this->tag, 0)),
            $action === 'return' => method(1, 60, 50, pack('n', 312) . short_string('NO_ROUTE')
                . short_string('crm.auth') . short_string($this->key))
                . frame(2, 1, pack('nnJ', 60, 0, strlen($body)) . $this->properties) . frame(3, 1, $body) . $ack,
            $action === 'block' => method(0, 10, 60, short_string('low on memory')),
            $action === 'close' => $this->closed(0, 320, 'CONNECTION_FORCED - closed by an operator'),
            $action === 'missing' => $this->closed(1, 404, "NOT_FOUND - no exchange 'crm.auth'"),
            $action === 'forbid' => $this->closed(1, 403, "ACCESS_REFUSED - access to exchange 'crm.auth' refused"),
            default => '',
        };
        $this->is_silent = $action === 'nothing' || $action === 'half';
        return $said;
    }

    private function closed(int $channel, int $code, string $text): string
    {
        [$class, $method] = $channel === 0 ? [10, 50] : [20, 40];
        return method($channel, $class, $method, pack('n', $code) . short_string($text) . pack('nn', 0, 0));
    }
}

$sockets = [];
$conversations = [];
while (true) {
    $ready = [$server, ...$sockets];
    $none = null;
    stream_select($ready, $none, $none, null);
    foreach ($ready as $socket) {
        if ($socket === $server) {
            $socket = stream_socket_accept($server);
            // A client that does not trust the certificate ends the handshake.
            if ($certificate === null || @stream_socket_enable_crypto($socket, true, STREAM_CRYPTO_METHOD_TLS_SERVER)) {
                stream_set_blocking($socket, false);
                $sockets[(int) $socket] = $socket;
                $number = count($conversations);
                $conversations[(int) $socket] = new Conversation($number, array_shift($logins) ?? 'take');
            }
            continue;
        }
        $bytes = (string) fread($socket, 65536);
        $conversation = $conversations[(int) $socket];
        $said = $conversation->hear($bytes);
        stream_set_blocking($socket, true);
        while ($said !== '' && ($written = @fwrite($socket, $said)) !== false) {
            $said = substr($said, $written);
        }
        stream_set_blocking($socket, false);
        if ($conversation->is_over || ($bytes === '' && feof($socket))) {
            unset($sockets[(int) $socket]);
            fclose($socket);
        }
    }
}
