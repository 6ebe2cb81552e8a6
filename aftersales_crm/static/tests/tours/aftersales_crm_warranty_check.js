import { registry } from "@web/core/registry";

/** What a key does where the focus is: Enter presses the button that has it. */
function pressEnter() {
    const focused = document.activeElement;
    if (focused.tagName !== "BUTTON") {
        throw new Error(`the focus is on ${focused.outerHTML.slice(0, 100)}`);
    }
    focused.click();
}

registry.category("web_tour.tours").add("aftersales_crm_warranty_check", {
    steps: () => [
        {
            content: "The field has the focus: type the customer's name, Enter",
            trigger: ".o_aftersales_check_input:focus",
            run: "edit Kowalska && press Enter",
        },
        {
            content: "The first hit has the focus: Enter",
            trigger: ".o_aftersales_check_hit:contains('TOUR-CHECK-1'):focus",
            run: pressEnter,
        },
        {
            trigger: ".o_aftersales_check_verdict[data-verdict=covered]:contains('Covered until')",
        },
        {
            content: "Another reason is judged at once",
            trigger: ".o_aftersales_check_case select",
            run: "selectByLabel Wrong product arrived",
        },
        {
            trigger: ".o_aftersales_check_right:contains('does not cover “Wrong product arrived”')",
        },
        {
            content: "Back to the hits, and a serial number instead",
            trigger: ".o_aftersales_check_input",
            run: "edit TOUR-CHECK-1 && press Enter",
        },
        {
            content: "The next step has the focus: Enter",
            trigger: ".o_aftersales_check_steps button[name=return]:focus",
            run: pressEnter,
        },
        {
            content: "The return is asked for with the unit chosen",
            trigger: ".modal .o_field_widget[name=line_ids] .o_data_row:contains('TOUR-CHECK-1')",
        },
        {
            trigger: ".modal button[name=action_create]",
            run: "click",
        },
        {
            trigger: ".o_form_view .o_field_widget[name=name]:contains('RMA/')",
        },
        {
            content: "The way back leads to the same unit",
            trigger: ".o_back_button, .breadcrumb-item a",
            run: "click",
        },
        {
            trigger: ".o_aftersales_check_verdict:contains('TOUR-CHECK-1')",
        },
    ],
});
