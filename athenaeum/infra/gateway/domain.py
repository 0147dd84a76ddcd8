"""A domain of one's own in front of the API: no stage in its paths, and records where the zone is given."""

from aws_cdk import CfnOutput
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_route53_targets as targets
from constructs import Construct

from athenaeum.errors import SynthError


def add_domain(
    scope: Construct,
    *,
    api: apigateway.RestApi,
    name: str,
    certificate: acm.ICertificate | str | None,
    zone: route53.IHostedZone | str | None,
) -> str:
    """Serve `api` at `https://name`; that address.

    `certificate` (or its ARN) must be of the API's region; with a `zone` and no certificate one is issued and
    validated there. `zone` may be its id. Without a zone, point the name at the output `DomainTarget` yourself.
    """
    if certificate is None and zone is None:
        raise SynthError(
            f"The domain {name} has neither a certificate nor a hosted zone.",
            remedy="Give certificate= (or its ARN), or hosted_zone= to have one issued and validated.",
        )
    if isinstance(zone, str):
        # Records are written by their whole name, so that the zone's own name does not matter.
        parent = name.partition(".")[2]
        zone = route53.HostedZone.from_hosted_zone_attributes(scope, "Zone", hosted_zone_id=zone, zone_name=parent)
    if isinstance(certificate, str):
        certificate = acm.Certificate.from_certificate_arn(scope, "ImportedCertificate", certificate)
    elif certificate is None:
        certificate = acm.Certificate(
            scope, "Certificate", domain_name=name, validation=acm.CertificateValidation.from_dns(zone)
        )
    domain = apigateway.DomainName(
        scope,
        "Domain",
        domain_name=name,
        certificate=certificate,
        endpoint_type=apigateway.EndpointType.REGIONAL,
        security_policy=apigateway.SecurityPolicy.TLS_1_2,
    )
    domain.add_base_path_mapping(api)
    if zone is not None:
        # API Gateway's regional domains have addresses of both families.
        for kind, record in (("A", route53.ARecord), ("AAAA", route53.AaaaRecord)):
            target = route53.RecordTarget.from_alias(targets.ApiGatewayDomain(domain))
            record(scope, f"Record{kind}", zone=zone, record_name=f"{name}.", target=target)
    else:
        CfnOutput(scope, "DomainTarget", value=domain.domain_name_alias_domain_name)
    return f"https://{name}"
