<?php

declare(strict_types=1);

namespace TwoFactor\Types;

/** Every outcome that is known, and how one is read. */
final class Outcomes
{
    /**
     * The class of each type.
     *
     * @var array<string, class-string<Outcome>>
     */
    public const TYPES = [];

    /**
     * Reads an outcome from its message, a CloudEvent that json_decode made an array.
     *
     * @param array<string, mixed> $message
     * @throws \UnexpectedValueException where it is none: it names the member that is missing or
     *     wrong, never a value
     */
    public static function fromMessage(#[\SensitiveParameter] array $message): Outcome
    {
        if (($message['specversion'] ?? null) !== '1.0') {
            throw new \UnexpectedValueException('specversion: must be 1.0');
        }
        $type = Members::required($message, 'type', Members::text(...));
        $data = Members::required($message, 'data', Members::object(...));
        $envelope = Envelope::fromMessage($message);
        $class = self::TYPES[$type] ?? null;
        if ($class === null) {
            return new UnknownOutcome($type, new Secret($data), $envelope);
        }
        try {
            return $class::fromData($data, $envelope);
        } catch (\UnexpectedValueException $problem) {
            throw new \UnexpectedValueException("$type: {$problem->getMessage()}");
        }
    }
}
